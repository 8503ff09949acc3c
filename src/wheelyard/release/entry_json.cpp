#include "wheelyard/release/detail/json_members.hpp"
#include "wheelyard/release/state_json.hpp"

namespace wheelyard::release {

using detail::Json;
using detail::Members;

std::string to_json(const Entry& entry) {
  Json json{
      {"seq", entry.seq},
      {"previous", entry.previous},
      {"id", entry.id},
      {"action", to_string(entry.action)},
      {"at", to_rfc3339(entry.at)},
      {"by", detail::to_json(entry.by)},
  };
  if (!entry.rank.empty()) json["rank"] = entry.rank;
  if (entry.from) json["from"] = detail::to_json(*entry.from);
  if (entry.to) json["to"] = detail::to_json(*entry.to);
  if (!entry.source.empty()) json["source"] = entry.source;
  if (!entry.skipped.empty()) json["skipped"] = entry.skipped;
  if (entry.undone != 0) json["undone"] = entry.undone;
  for (const auto& reference : entry.pruned) json["pruned"].push_back(detail::to_json(reference));
  if (!entry.note.empty()) json["note"] = entry.note;
  for (const auto& gate : entry.gates) {
    json["gates"].push_back({{"gate", gate.gate}, {"passed", gate.passed}, {"detail", gate.detail}});
  }
  for (const auto& approval : entry.approvals) json["approvals"].push_back(detail::to_json(approval));
  return detail::compact(json);
}

Entry entry_from_json(std::string_view text, std::string_view what) {
  const auto document = Members::parse(text, what);
  const Members members(document, what);
  Entry entry;
  entry.seq = members.number("seq");
  entry.previous = members.text("previous");
  entry.id = members.text("id");
  const auto action = parse_action(members.text("action"));
  if (!action) members.fail("action", "an action that this version of Wheelyard knows");
  entry.action = *action;
  entry.rank = members.text_or_empty("rank");
  if (const auto from = members.object("from")) entry.from = detail::reference_from(*from);
  if (const auto to = members.object("to")) entry.to = detail::reference_from(*to);
  entry.source = members.text_or_empty("source");
  entry.skipped = members.texts("skipped");
  entry.undone = members.number_or_zero("undone");
  for (const auto& reference : members.objects("pruned"))
    entry.pruned.push_back(detail::reference_from(reference));
  entry.at = members.time("at");
  if (const auto by = members.object("by")) entry.by = detail::caller_from(*by);
  entry.note = members.text_or_empty("note");
  for (const auto& gate : members.objects("gates")) {
    entry.gates.push_back({gate.text("gate"), gate.flag("passed"), gate.text_or_empty("detail")});
  }
  for (const auto& approval : members.objects("approvals"))
    entry.approvals.push_back(detail::approval_from(approval));
  return entry;
}

std::string to_json(const VersionDocument& document) {
  Json files = Json::array();
  for (const auto& file : document.manifest.files) {
    Json row{{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}};
    if (!file.etag.empty()) row["etag"] = file.etag;
    if (!file.key.empty()) row["key"] = file.key;
    files.push_back(std::move(row));
  }
  Json json{{"name", document.manifest.name},
            {"version", document.manifest.version},
            {"digest", document.manifest.digest()},
            {"files", std::move(files)}};
  if (document.pruned) json["pruned"] = true;
  if (!document.push.empty()) json["push"] = document.push;
  return detail::compact(json);
}

VersionDocument version_from_json(std::string_view text, std::string_view what) {
  const auto parsed = Members::parse(text, what);
  const Members members(parsed, what);
  VersionDocument document;
  document.manifest.name = members.text("name");
  document.manifest.version = members.text("version");
  for (const auto& row : members.objects("files")) {
    ReleaseFile file;
    file.name = row.text("name");
    file.size = row.number("size");
    file.sha256 = row.text("sha256");
    file.etag = row.text_or_empty("etag");
    file.key = row.text_or_empty("key");
    document.manifest.files.push_back(std::move(file));
  }
  document.pruned = members.flag("pruned");
  document.push = members.text_or_empty("push");
  if (members.text("digest") != document.manifest.digest()) {
    members.fail("digest", "the digest of its files");
  }
  return document;
}

}  // namespace wheelyard::release
