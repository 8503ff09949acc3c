#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/scratch_folder.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_json.hpp"
#include "wheelyard/release/state_store.hpp"
#include "wheelyard/release/transitions.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::release {

inline const std::string app = "app.tar.gz";

/// A pipeline qa → staging → production on a store, and files to push.
class PipelineFixture {
 public:
  explicit PipelineFixture(std::shared_ptr<store::ObjectStore> store = store::make_memory_store(),
                           PipelineOptions options = {})
      : store_(std::move(store)), options_(std::move(options)) {
    options_.workers = 1;
    if (options_.caller.identity.empty()) options_.caller.identity = "alice";
  }

  static PipelineRules rules() { return rules_from_ranks("qa, staging, production", "the test"); }
  Pipeline pipeline() const { return Pipeline(store_, "", rules(), options_); }
  const std::shared_ptr<store::ObjectStore>& store() const { return store_; }
  StateStore states() const { return StateStore(*store_, Layout("")); }
  PipelineOptions& options() { return options_; }
  const PipelineOptions& options() const { return options_; }

  /// `files`: names and contents.
  StepReport push(const std::map<std::string, std::string>& files, const std::string& version,
                  const std::string& name = {}) const {
    PushRequest request;
    request.name = name;
    request.version = version;
    const auto folder = to_hex(random_bytes(8));
    for (const auto& [file, content] : files)
      request.files.push_back(scratch_.write(std::filesystem::path(folder) / file, content));
    return pipeline().push(request);
  }
  StepReport push(const std::string& version) const { return push({{app, "bytes of " + version}}, version); }

  StepReport promote(const std::string& rank, const std::string& version = {},
                     const std::string& name = app) const {
    return pipeline().promote({.name = name, .version = version, .rank = rank});
  }
  StepReport rollback(const std::string& rank, const std::string& version = {}) const {
    return pipeline().rollback({.name = app, .rank = rank, .version = version});
  }

  /// "" where the rank holds nothing.
  std::string held(const std::string& rank, const std::string& name = app) const {
    const auto stored = states().find(name);
    const auto* standing = stored ? stored->state.standing(rank) : nullptr;
    return standing == nullptr ? "" : standing->release.version;
  }
  /// The bytes at a key; "" for none.
  std::string bytes(const std::string& key) const {
    const auto object = store::find_bytes(*store_, key, 64u << 20);
    return object ? object->bytes : "";
  }

  /// What must hold whenever nobody is at work: the history is one whole line, replaying it gives every rank,
  /// the archive has what the ranks hold, and the documented keys are in line. Returns what is wrong, or "".
  std::string broken_promise(const std::string& name = app, bool keys_in_line = true) const {
    const auto stored = states().find(name);
    if (!stored) return "";
    const auto& state = stored->state;
    PipelineState replayed;
    std::string previous;
    for (std::uint64_t seq = 1; seq <= state.seq; ++seq) {
      const auto text = seq == state.seq ? state.last_entry : bytes(Layout("").entry(name, seq));
      if (text.empty()) return "entry " + std::to_string(seq) + " is missing";
      const auto entry = entry_from_json(text, "an entry");
      if (entry.seq != seq || entry.previous != previous)
        return "the chain is broken at " + std::to_string(seq);
      previous = sha256_hex(text);
      apply(replayed, entry);
    }
    if (store::list_all(*store_, Layout("").history(name)).size() > state.seq)
      return "there are too many entries";
    for (const auto& [rank, held] : state.ranks) {
      const auto& again = replayed.ranks[rank];
      if (again.current != held.current || again.earlier != held.earlier)
        return "replaying gives another " + rank;
      if (!held.current) continue;
      const auto document = states().find_version(name, held.current->release.version);
      if (!document || document->manifest.digest() != held.current->release.digest)
        return "no document for " + rank;
      for (const auto& file : document->manifest.files) {
        if (sha256_hex(bytes(states().bytes_key(document->manifest, file))) != file.sha256)
          return "the archive has other bytes than " + rank;
        if (keys_in_line && sha256_hex(bytes(rank + "/" + file.name)) != file.sha256)
          return rank + "/" + file.name + " has other bytes than " + rank;
      }
    }
    const auto is_work = [](const Intent& intent) { return !intent.helped; };
    if (keys_in_line && std::ranges::any_of(state.intents, is_work)) return "an intent is left";
    return "";
  }

 private:
  std::shared_ptr<store::ObjectStore> store_;
  PipelineOptions options_;
  test_support::ScratchFolder scratch_;
};

/// The refusal that a step ends with; none where it does not throw one.
inline std::optional<Refusal> refusal_of(const std::function<void()>& step) {
  try {
    step();
  } catch (const Refused& refused) {
    return refused.refusal();
  }
  return std::nullopt;
}

}  // namespace wheelyard::release
