#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// The numbers of the entries that lie below a name's history.
std::vector<std::uint64_t> entry_numbers(const StateStore& states, const std::string& name);

/// Reads a history from its first entry on, in bounded memory: numbers without gaps, each entry as the next
/// one names it, and what they make of the ranks.
class HistoryCheck {
 public:
  HistoryCheck(const StateStore& states, Findings& findings, std::size_t workers, std::string name)
      : states_(states), findings_(findings), workers_(workers), name_(std::move(name)) {
    replayed_.name = name_;
  }

  /// Reads what lies there up to the entry `end`.
  void read(std::uint64_t end);
  /// The whole history of a state, and the state against it.
  void check(const PipelineState& state);
  /// Goes on to a later state, where all was well so far: what has come to be since.
  void follow(const PipelineState& state);

  /// Whether no entry up to `known` is missing or changed.
  bool whole() const { return whole_; }
  std::uint64_t known() const { return known_; }
  const std::string& last_text() const { return last_text_; }
  /// What the entries make of the ranks.
  const PipelineState& replayed() const { return replayed_; }

  struct Release {
    Reference reference;
    bool pruned = false;
  };
  /// Every release that a rank has held, by version.
  const std::map<std::string, Release>& releases() const { return releases_; }

 private:
  void read_batch(std::span<const std::uint64_t> numbers);
  void take(std::uint64_t seq, const std::string& text);
  void take_in(const Entry& entry);
  void check_sense(const Entry& entry);
  void missing(std::uint64_t first, std::uint64_t last);
  void changed(std::uint64_t seq, std::string detail, const std::string& expected);
  void check_last(const PipelineState& state);
  void check_beyond(const PipelineState& state);
  void check_ranks(const PipelineState& state);

  const StateStore& states_;
  Findings& findings_;
  std::size_t workers_;
  std::string name_;
  bool whole_ = true;
  std::uint64_t known_ = 0;  ///< the last entry that was looked at
  bool follows_ = true;      ///< `last_text_` is entry `known_`, whose digest the next one names
  std::string last_text_;
  PipelineState replayed_;
  std::map<std::string, Release> releases_;
};

}  // namespace wheelyard::release
