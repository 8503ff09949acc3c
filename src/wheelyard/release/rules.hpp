#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// A command that must end with status 0 before a release comes into a rank.
struct CommandGate {
  std::string name;                  ///< for history and messages; no other gate of its rank has it
  std::vector<std::string> command;  ///< without a shell; the files' paths are added behind it
  std::chrono::seconds timeout{3600};
  std::filesystem::path folder;  ///< where it runs; "": here
};

/// What holds for one rank.
struct RankRules {
  std::string rank;
  std::vector<std::string> may_skip;  ///< identities that may bring releases here past ranks; "*" is anybody
  std::chrono::seconds minimum_time{0};  ///< that a release has to stand in the rank before
  bool note = false;                     ///< a note has to be given
  /// So many identities other than the promoter's have to approve the very digest.
  std::size_t approvals = 0;
  std::vector<CommandGate> commands;

  /// Messages and the history tell gates apart by their names. Throws `invalid_argument` for one without a
  /// name or a command, and for two of one name.
  void check_gates() const;
};

/// A pipeline: its ranks in order, the first one first.
struct PipelineRules {
  std::vector<RankRules> ranks;
  std::size_t keep = 10;  ///< releases that a rank can go back to; prune leaves their bytes

  /// Throws `invalid_argument`: no ranks at all, one twice, a name that no rank may have, rules for
  /// the first one, which no promotion asks, gates that cannot be (RankRules::check_gates).
  void check() const;
  const RankRules* find(std::string_view rank) const;
  /// Its place in the order. Throws Refused (unknown_rank), naming the ranks that there are.
  std::size_t index_of(std::string_view rank) const;
};

/// "qa, staging, production" as AWS_S3_RANKS has it: split at commas, stripped of white space. Throws
/// `invalid_argument` where nothing is in it, a part is empty, one comes twice or cannot be a rank; `origin`
/// is where it stands, for the message.
PipelineRules rules_from_ranks(std::string_view text, std::string_view origin);

/// What a gate is asked about.
struct GateQuestion {
  const PipelineState* state = nullptr;
  const RankRules* rules = nullptr;  ///< of the rank that the release is to come into
  const Manifest* manifest = nullptr;
  Standing standing;   ///< in the rank that it comes out of
  std::string source;  ///< that rank
  std::string note;
  Caller by;
  TimePoint at{};
};

/// The rules that need nothing but the state: minimum time, note, approvals. One result for each rule there
/// is.
std::vector<GateResult> check_rules(const GateQuestion& question);

/// Runs one command on a release whose files lie in `folder`, under their names. It has this process's
/// environment, credentials included, and WHEELYARD_RELEASE_NAME, …_VERSION, …_DIGEST, …_RANK, …_SOURCE,
/// …_FOLDER. Its standard input is empty; whatever it writes goes to standard error. It has a process
/// group of its own, all of which is ended where it takes too long, or this process ends (kill -9 too). A
/// command that cannot be started, or of which it is not known how it ended, has not passed.
GateResult run_command_gate(const CommandGate& gate, const GateQuestion& question,
                            const std::filesystem::path& folder);
using CommandGateRunner =
    std::function<GateResult(const CommandGate&, const GateQuestion&, const std::filesystem::path&)>;
/// The same, and `on_wait` is called some times a second while a command runs: what it throws ends the
/// command and is thrown on.
CommandGateRunner command_gate_runner(std::function<void()> on_wait);

}  // namespace wheelyard::release
