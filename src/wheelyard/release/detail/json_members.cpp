#include "wheelyard/release/detail/json_members.hpp"

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::release::detail {

namespace {

Error unreadable(std::string_view what, const std::string& reason) {
  return Error(
      ErrorCode::corrupted, "read", std::string(what), reason,
      "'wheelyard release verify' says what can be done; nothing is changed as long as it cannot be read");
}

}  // namespace

std::string compact(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Members::parse(std::string_view text, std::string_view what) {
  // Refused before it is taken apart: nlohmann's parser keeps its depth on the heap, its destructor does not
  // have to be tried.
  constexpr int deepest = 32;
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) too_deep = true;
    return !too_deep;
  };
  auto document = Json::parse(text, limit_depth, false);
  if (too_deep) throw unreadable(what, "it is nested too deep");
  if (document.is_discarded()) throw unreadable(what, "it is not JSON");
  if (!document.is_object()) throw unreadable(what, "it is no JSON object");
  return document;
}

Members::Members(const Json& object, std::string_view what) : object_(&object), what_(what) {
  if (!object.is_object()) throw unreadable(what, "something in it is no JSON object");
}

void Members::fail(const char* name, std::string_view expected) const {
  throw unreadable(what_, "'" + std::string(name) + "' is missing or is not " + std::string(expected));
}

const Json* Members::find(const char* name) const {
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::string Members::text(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr || !value->is_string()) fail(name, "a text");
  return value->get<std::string>();
}

std::string Members::text_or_empty(const char* name) const {
  return find(name) == nullptr ? std::string() : text(name);
}

std::uint64_t Members::number(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr || !value->is_number_unsigned()) fail(name, "a whole number");
  return value->get<std::uint64_t>();
}

std::uint64_t Members::number_or_zero(const char* name) const {
  return find(name) == nullptr ? 0 : number(name);
}

bool Members::flag(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) fail(name, "true or false");
  return value->get<bool>();
}

TimePoint Members::time(const char* name) const {
  const auto time = parse_rfc3339(text(name));
  if (!time) fail(name, "a time (RFC 3339)");
  return *time;
}

std::vector<std::string> Members::texts(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) fail(name, "a list");
  std::vector<std::string> texts;
  for (const auto& element : *value) {
    if (!element.is_string()) fail(name, "a list of texts");
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::vector<Members> Members::objects(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) fail(name, "a list");
  std::vector<Members> objects;
  for (const auto& element : *value) objects.emplace_back(element, what_);
  return objects;
}

std::optional<Members> Members::object(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  return Members(*value, what_);
}

std::vector<std::pair<std::string, Members>> Members::map(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_object()) fail(name, "an object");
  std::vector<std::pair<std::string, Members>> pairs;
  for (const auto& [key, element] : value->items()) pairs.emplace_back(key, Members(element, what_));
  return pairs;
}

Json to_json(const Reference& reference) {
  return {{"version", reference.version}, {"digest", reference.digest}};
}

Reference reference_from(const Members& members) {
  return {members.text("version"), members.text("digest")};
}

Json to_json(const Caller& caller) {
  Json json{{"identity", caller.identity}};
  if (!caller.credential.empty()) json["credential"] = caller.credential;
  if (!caller.run.empty()) json["run"] = caller.run;
  return json;
}

Caller caller_from(const Members& members) {
  return {members.text_or_empty("identity"), members.text_or_empty("credential"),
          members.text_or_empty("run")};
}

Json to_json(const Approval& approval) {
  Json json = to_json(approval.release);
  json["rank"] = approval.rank;
  json["at"] = to_rfc3339(approval.at);
  json["by"] = to_json(approval.by);
  if (!approval.note.empty()) json["note"] = approval.note;
  return json;
}

Approval approval_from(const Members& members) {
  Approval approval;
  approval.release = reference_from(members);
  approval.rank = members.text("rank");
  approval.at = members.time("at");
  if (const auto by = members.object("by")) approval.by = caller_from(*by);
  approval.note = members.text_or_empty("note");
  return approval;
}

}  // namespace wheelyard::release::detail
