#include "wheelyard/release/state_json.hpp"

#include "wheelyard/release/detail/json_members.hpp"

namespace wheelyard::release {

using detail::Json;
using detail::Members;

namespace {

constexpr std::uint64_t format = 1;

Json standing_json(const Standing& standing) {
  Json json = detail::to_json(standing.release);
  json["seq"] = standing.seq;
  json["since"] = to_rfc3339(standing.since);
  json["by"] = detail::to_json(standing.by);
  return json;
}

Standing standing_from(const Members& members) {
  Standing standing;
  standing.release = detail::reference_from(members);
  standing.seq = members.number("seq");
  standing.since = members.time("since");
  if (const auto by = members.object("by")) standing.by = detail::caller_from(*by);
  return standing;
}

Json rank_json(const RankState& rank) {
  Json json = Json::object();
  if (rank.current) json["current"] = standing_json(*rank.current);
  if (!rank.document.empty()) json["document"] = rank.document;
  for (const auto& standing : rank.earlier) json["earlier"].push_back(standing_json(standing));
  for (const auto& standing : rank.dropped) json["dropped"].push_back(standing_json(standing));
  for (const auto& laid : rank.laid_out) {
    Json row{{"version", laid.version}};
    if (!laid.files.empty()) row["files"] = laid.files;
    json["laid_out"].push_back(std::move(row));
  }
  return json;
}

RankState rank_from(const Members& members) {
  RankState rank;
  if (const auto current = members.object("current")) rank.current = standing_from(*current);
  rank.document = members.text_or_empty("document");
  for (const auto& standing : members.objects("earlier")) rank.earlier.push_back(standing_from(standing));
  for (const auto& standing : members.objects("dropped")) rank.dropped.push_back(standing_from(standing));
  for (const auto& laid : members.objects("laid_out"))
    rank.laid_out.push_back({laid.text("version"), laid.texts("files")});
  return rank;
}

Json intent_json(const Intent& intent) {
  Json json = detail::to_json(intent.release);
  json["id"] = intent.id;
  json["kind"] = to_string(intent.kind);
  if (!intent.rank.empty()) json["rank"] = intent.rank;
  if (intent.seq != 0) json["seq"] = intent.seq;
  json["since"] = to_rfc3339(intent.since);
  json["worker"] = intent.worker;
  json["by"] = detail::to_json(intent.by);
  if (intent.again) json["again"] = true;
  if (intent.helped) json["helped"] = true;
  return json;
}

Intent intent_from(const Members& members) {
  Intent intent;
  intent.id = members.text("id");
  const auto kind = members.text("kind");
  if (kind == to_string(Intent::Kind::push)) {
    intent.kind = Intent::Kind::push;
  } else if (kind == to_string(Intent::Kind::lay_out)) {
    intent.kind = Intent::Kind::lay_out;
  } else if (kind == to_string(Intent::Kind::prune)) {
    intent.kind = Intent::Kind::prune;
  } else {
    members.fail("kind", "an intent that this version of Wheelyard knows");
  }
  intent.rank = members.text_or_empty("rank");
  intent.seq = members.number_or_zero("seq");
  intent.release = detail::reference_from(members);
  intent.since = members.time("since");
  intent.worker = members.text_or_empty("worker");
  if (const auto by = members.object("by")) intent.by = detail::caller_from(*by);
  intent.again = members.flag("again");
  intent.helped = members.flag("helped");
  return intent;
}

}  // namespace

std::string to_json(const PipelineState& state) {
  Json json{{"format", format},     {"name", state.name},         {"order", state.order},
            {"seq", state.seq},     {"recorded", state.recorded}, {"last_entry", state.last_entry},
            {"swaps", state.swaps}, {"ranks", Json::object()}};
  for (const auto& [name, rank] : state.ranks) json["ranks"][name] = rank_json(rank);
  for (const auto& intent : state.intents) json["intents"].push_back(intent_json(intent));
  for (const auto& approval : state.approvals) json["approvals"].push_back(detail::to_json(approval));
  return detail::compact(json);
}

PipelineState state_from_json(std::string_view text, std::string_view what) {
  const auto document = Members::parse(text, what);
  const Members members(document, what);
  if (members.number("format") != format) members.fail("format", "one that this version of Wheelyard knows");
  PipelineState state;
  state.name = members.text("name");
  state.order = members.texts("order");
  state.seq = members.number("seq");
  state.swaps = members.number_or_zero("swaps");
  state.recorded = members.number("recorded");
  state.last_entry = members.text("last_entry");
  if (state.recorded > state.seq) members.fail("recorded", "at most 'seq'");
  for (const auto& [name, rank] : members.map("ranks")) state.ranks.emplace(name, rank_from(rank));
  for (const auto& intent : members.objects("intents")) state.intents.push_back(intent_from(intent));
  for (const auto& row : members.objects("approvals")) state.approvals.push_back(detail::approval_from(row));
  return state;
}

}  // namespace wheelyard::release
