#include "wheelyard/cli/release/release_json.hpp"

#include "wheelyard/base/clock.hpp"
#include "wheelyard/cli/detail/json.hpp"

namespace wheelyard::cli {
namespace {

using detail::document_text;
using detail::Json;
using detail::text_or_null;

template <typename List, typename Make>
Json list_of(const List& list, Make&& make) {
  Json items = Json::array();
  for (const auto& item : list) items.push_back(make(item));
  return items;
}

Json reference_json(const release::Reference& reference) {
  return {{"version", reference.version}, {"digest", reference.digest}};
}

Json reference_or_null(const std::optional<release::Reference>& reference) {
  return reference ? reference_json(*reference) : Json(nullptr);
}

Json caller_json(const release::Caller& caller) {
  return {{"identity", caller.identity},
          {"credential", text_or_null(caller.credential)},
          {"run", text_or_null(caller.run)}};
}

Json gates_json(const std::vector<release::GateResult>& gates) {
  return list_of(gates, [](const release::GateResult& gate) -> Json {
    return {{"gate", gate.gate}, {"passed", gate.passed}, {"detail", gate.detail}};
  });
}

Json file_json(const release::ReleaseFile& file) {
  return {{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}};
}

Json manifest_json(const release::Manifest& manifest) {
  return {{"name", manifest.name},
          {"version", manifest.version},
          {"digest", manifest.digest()},
          {"size", manifest.size()},
          {"files", list_of(manifest.files, file_json)}};
}

Json traits_json(const std::optional<release::MemberTraits>& traits) {
  if (!traits) return nullptr;
  return {{"type", traits->type},
          {"mode", traits->mode ? Json(release::mode_text(*traits->mode)) : Json(nullptr)},
          {"target", text_or_null(traits->target)}};
}

Json approval_json(const release::Approval& approval) {
  return {{"version", approval.release.version},
          {"digest", approval.release.digest},
          {"by", caller_json(approval.by)},
          {"at", to_rfc3339(approval.at)},
          {"note", text_or_null(approval.note)}};
}

Json intent_json(const release::Intent& intent) {
  return {{"kind", to_string(intent.kind)},
          {"rank", text_or_null(intent.rank)},
          {"version", intent.release.version},
          {"digest", intent.release.digest},
          {"seq", intent.seq},
          {"since", to_rfc3339(intent.since)},
          {"by", caller_json(intent.by)}};
}

Json rank_json(const release::RankStatus& status) {
  Json json{{"rank", status.rank}, {"version", nullptr}, {"digest", nullptr},
            {"seq", nullptr},      {"since", nullptr},   {"by", nullptr}};
  if (status.standing) {
    const auto& standing = *status.standing;
    json["version"] = standing.release.version;
    json["digest"] = standing.release.digest;
    json["seq"] = standing.seq;
    json["since"] = to_rfc3339(standing.since);
    json["by"] = caller_json(standing.by);
  }
  json["behind"] = status.behind ? Json(*status.behind) : Json(nullptr);
  const bool known = status.files > 0;
  json["size"] = known ? Json(status.size) : Json(nullptr);
  json["files"] = known ? Json(status.files) : Json(nullptr);
  json["settled"] = status.settled;
  json["in_pipeline"] = status.in_pipeline;
  json["approvals"] = list_of(status.approvals, approval_json);
  return json;
}

Json name_json(const release::NameStatus& status) {
  return {{"name", status.name},
          {"seq", status.seq},
          {"adopted", status.adopted},
          {"ranks", list_of(status.ranks, rank_json)},
          {"intents", list_of(status.intents, intent_json)},
          {"fault", text_or_null(status.fault)}};
}

Json entry_json(const release::Entry& entry) {
  return {{"seq", entry.seq},
          {"at", to_rfc3339(entry.at)},
          {"action", to_string(entry.action)},
          {"rank", text_or_null(entry.rank)},
          {"from", reference_or_null(entry.from)},
          {"to", reference_or_null(entry.to)},
          {"source", text_or_null(entry.source)},
          {"skipped", entry.skipped},
          {"undone", entry.undone == 0 ? Json(nullptr) : Json(entry.undone)},
          {"pruned", list_of(entry.pruned, reference_json)},
          {"by", caller_json(entry.by)},
          {"note", text_or_null(entry.note)},
          {"gates", gates_json(entry.gates)},
          {"approvals", list_of(entry.approvals, approval_json)},
          {"id", entry.id},
          {"previous", text_or_null(entry.previous)}};
}

}  // namespace

std::string step_json(const release::StepReport& report, std::string_view store) {
  Json document{{"store", store},
                {"action", to_string(report.action)},
                {"outcome", to_string(report.outcome)},
                {"rank", report.rank},
                {"source", text_or_null(report.source)},
                {"seq", report.seq},
                {"previous", reference_or_null(report.previous)},
                {"gates", gates_json(report.gates)}};
  document.update(manifest_json(report.manifest));
  return document_text(document);
}

std::string status_json(const release::PipelineStatus& status, const release::PipelineRules& rules,
                        std::string_view store) {
  return document_text({{"store", store},
                        {"pipeline", list_of(rules.ranks, [](const auto& rank) { return Json(rank.rank); })},
                        {"releases", list_of(status.names, name_json)},
                        {"left_out", status.left_out}});
}

std::string status_json(const release::NameStatus& status, const release::PipelineRules& rules,
                        std::string_view store) {
  Json document{{"store", store},
                {"pipeline", list_of(rules.ranks, [](const auto& rank) { return Json(rank.rank); })}};
  document.update(name_json(status));
  return document_text(document);
}

std::string history_json(const std::string& name, const std::vector<release::Entry>& entries,
                         std::string_view store) {
  return document_text({{"store", store}, {"name", name}, {"entries", list_of(entries, entry_json)}});
}

std::string download_json(const release::DownloadReport& report, std::string_view store) {
  Json document{{"store", store}, {"rank", report.rank}, {"seq", report.seq}};
  document.update(manifest_json(report.manifest));
  for (std::size_t i = 0; i < report.paths.size(); ++i)
    document["files"][i]["path"] = report.paths[i].string();
  return document_text(document);
}

std::string diff_json(const release::DiffReport& report, std::string_view store) {
  return document_text(
      {{"store", store},
       {"before", manifest_json(report.before)},
       {"after", manifest_json(report.after)},
       {"differences", list_of(report.differences,
                               [](const release::Difference& difference) -> Json {
                                 return {{"kind", to_string(difference.kind)},
                                         {"file", difference.file},
                                         {"member", text_or_null(difference.member)},
                                         {"file_before", text_or_null(difference.file_before)},
                                         {"member_before", text_or_null(difference.member_before)},
                                         {"size_before", difference.size_before},
                                         {"size_after", difference.size_after},
                                         {"traits_before", traits_json(difference.traits_before)},
                                         {"traits_after", traits_json(difference.traits_after)}};
                               })},
       {"notes", report.notes}});
}

std::string prune_json(const release::PruneReport& report, bool dry_run, std::string_view store) {
  return document_text({{"store", store},
                        {"dry_run", dry_run},
                        {"pruned", list_of(report.pruned,
                                           [](const release::PrunedVersion& pruned) -> Json {
                                             return {{"name", pruned.name},
                                                     {"version", pruned.release.version},
                                                     {"digest", pruned.release.digest},
                                                     {"size", pruned.size},
                                                     {"files", pruned.files}};
                                           })},
                        {"kept", report.kept}});
}

std::string release_verify_json(const release::VerifyReport& report, std::string_view store) {
  return document_text({{"store", store},
                        {"clean", report.clean()},
                        {"names", report.names},
                        {"entries", report.entries},
                        {"versions", report.versions},
                        {"files", report.files},
                        {"bytes_read", report.bytes_read},
                        {"problems", list_of(report.problems, [](const release::Problem& problem) -> Json {
                           return {{"kind", problem.kind},
                                   {"name", text_or_null(problem.name)},
                                   {"item", problem.item},
                                   {"detail", problem.detail},
                                   {"state", to_string(problem.state)},
                                   {"action", text_or_null(problem.action)}};
                         })}});
}

std::string page_json(const release::PageReport& report, std::string_view store) {
  return document_text({{"store", store},
                        {"place", report.place},
                        {"size", report.size},
                        {"names", report.names},
                        {"entries", report.entries},
                        {"unreadable", report.unreadable}});
}

}  // namespace wheelyard::cli
