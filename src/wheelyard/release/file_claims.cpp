#include "wheelyard/release/file_claims.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/detail/json_members.hpp"
#include "wheelyard/release/refused.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

namespace {

constexpr std::uint64_t most_claim_bytes = 64u << 10;

/// File names that the state itself tells to be the name's own.
std::set<std::string> known_files(const StateStore& states, const PipelineState& state) {
  std::set<std::string> files;
  for (const auto& [name, rank] : state.ranks) {
    for (const auto& laid : rank.laid_out) files.insert(laid.files.begin(), laid.files.end());
    const auto is_long = [](const LaidOut& laid) { return laid.files.empty(); };
    if (!rank.current || !std::ranges::any_of(rank.laid_out, is_long)) continue;
    for (const auto& file : states.release(state, rank.current->release).manifest.files)
      files.insert(file.name);
  }
  return files;
}

void claim(const StateStore& states, const std::string& name, const std::string& file) {
  try {
    states.put_document(states.layout().file_claim(file),
                        detail::compact({{"file", file}, {"release", name}}), store::PutMode::create());
    return;
  } catch (const Error& error) {
    if (!store::is_lost_race(error)) throw;
  }
  const auto owner = file_owner(states, file);
  if (!owner || *owner == name) return;
  throw Refused(
      Refusal::file_taken, "push", "the file " + file + " as part of " + name,
      "files of that name belong to the release '" + *owner + "', and both would lie at the same keys",
      "push it as part of that release (--name), or rename the file");
}

}  // namespace

std::optional<std::string> file_owner(const StateStore& states, const std::string& file) {
  const auto key = states.layout().file_claim(file);
  const auto object = store::find_bytes(states.store(), key, most_claim_bytes);
  if (!object) return std::nullopt;
  const auto what = states.store().describe(key);
  const auto document = detail::Members::parse(object->bytes, what);
  return detail::Members(document, what).text("release");
}

void claim_files(const StateStore& states, const PipelineState& state, const Manifest& manifest,
                 std::size_t workers) {
  const auto known = known_files(states, state);
  std::vector<std::string> unknown;
  for (const auto& file : manifest.files) {
    if (!known.contains(file.name)) unknown.push_back(file.name);
  }
  parallel_for(unknown.size(), workers, [&](std::size_t i) { claim(states, manifest.name, unknown[i]); });
}

}  // namespace wheelyard::release
