#include "wheelyard/release/model.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::release {

std::string Manifest::canonical_text() const {
  // nlohmann's plain object keeps its members in byte order.
  nlohmann::json document{{"name", name}, {"version", version}, {"files", nlohmann::json::array()}};
  for (const auto& file : files)
    document["files"].push_back({{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}});
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Manifest::digest() const {
  return sha256_hex(canonical_text());
}

Reference reference_to(const Manifest& manifest) {
  return {manifest.version, manifest.digest()};
}

std::uint64_t Manifest::size() const {
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.size;
  return sum;
}

const ReleaseFile* Manifest::find(std::string_view file) const {
  const auto found = std::ranges::find(files, file, &ReleaseFile::name);
  return found == files.end() ? nullptr : &*found;
}

namespace {

constexpr std::array<std::pair<Action, std::string_view>, 7> action_words{{
    {Action::push, "push"},
    {Action::promote, "promote"},
    {Action::rollback, "rollback"},
    {Action::undo, "undo"},
    {Action::adopt, "adopt"},
    {Action::approve, "approve"},
    {Action::prune, "prune"},
}};

}  // namespace

std::string_view to_string(Action action) {
  return std::ranges::find(action_words, action, [](const auto& row) { return row.first; })->second;
}

std::optional<Action> parse_action(std::string_view word) {
  const auto found = std::ranges::find(action_words, word, [](const auto& row) { return row.second; });
  if (found == action_words.end()) return std::nullopt;
  return found->first;
}

std::string_view to_string(Intent::Kind kind) {
  switch (kind) {
    case Intent::Kind::push:
      return "push";
    case Intent::Kind::lay_out:
      return "lay_out";
    case Intent::Kind::prune:
      break;
  }
  return "prune";
}

const Standing* PipelineState::standing(std::string_view rank) const {
  const auto found = ranks.find(std::string(rank));
  return found == ranks.end() || !found->second.current ? nullptr : &*found->second.current;
}

}  // namespace wheelyard::release
