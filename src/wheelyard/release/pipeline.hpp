#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/release/model.hpp"
#include "wheelyard/release/refused.hpp"
#include "wheelyard/release/rules.hpp"
#include "wheelyard/release/worker.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::release {

struct PushRequest {
  std::vector<std::filesystem::path> files;
  std::string name;     ///< "": the file's own name, where there is one file
  std::string version;  ///< "": a random UUID, as s3p gives
  std::string note;
  /// Takes a version over from a push that was begun elsewhere with other bytes and is certainly dead.
  bool take_over = false;
  ProgressSink progress;
};

struct PromoteRequest {
  std::string name;
  std::string version;        ///< "": whatever the rank before holds
  std::string rank;           ///< where it is to go
  std::string from;           ///< "": the rank before; another, earlier one skips ranks
  std::string expect_digest;  ///< of the manifest or, of a release of one file, of that file; "": any
  std::string note;
  ProgressSink progress;
};

struct RollbackRequest {
  std::string name;
  std::string rank;
  std::string version;  ///< "": the one before, as the rank's `earlier` has it
  std::string note;
  ProgressSink progress;
};

struct ApproveRequest {
  std::string name;
  std::string version;  ///< "": what stands in the rank that it is to come out of
  std::string rank;     ///< for which it is approved
  std::string from;     ///< "": the rank before; else the earlier one that the promotion is to name
  std::string note;
};

/// What a push, promotion, rollback or approval came to.
struct StepReport {
  enum class Outcome {
    done,
    unchanged,   ///< it was so already: nothing was written
    superseded,  ///< done, and somebody else has put another release there since
  };
  Outcome outcome = Outcome::done;
  Action action = Action::push;
  std::string name;
  std::string rank;
  std::string source;                 ///< promote: the rank that it came out of
  std::optional<Reference> previous;  ///< what the rank held before
  Manifest manifest;                  ///< what it holds now
  /// The entry of this step; `unchanged`: of the state that was found (`PipelineState::seq`).
  std::uint64_t seq = 0;
  std::vector<GateResult> gates;
};
std::string_view to_string(StepReport::Outcome outcome);

struct RankStatus {
  std::string rank;
  std::optional<Standing> standing;
  bool settled = true;  ///< the documented keys hold it too; else somebody is at it, or died at it
  /// How many releases the rank before has had since it held this one; 0: they hold the same. None where
  /// that is not known (it never held it, or too long ago) or there is no rank before.
  std::optional<std::uint64_t> behind;
  std::uint64_t size = 0;           ///< bytes; 0 where the document is not at hand
  std::size_t files = 0;            ///< the same
  bool in_pipeline = true;          ///< the rules know this rank
  std::vector<Approval> approvals;  ///< of what may come into it
};

struct NameStatus {
  std::string name;
  std::uint64_t seq = 0;
  std::vector<RankStatus> ranks;  ///< in the pipeline's order, then those it does not know
  std::vector<Intent> intents;    ///< work under way, or left by the dead
  std::string fault;              ///< why its state cannot be read; then nothing else is known
  /// False where another program alone has written it: there is no history and no digest yet, and the next
  /// step on it takes it over.
  bool adopted = true;
};

struct PipelineStatus {
  std::vector<NameStatus> names;  ///< in byte order
  /// Names that are not adopted, beyond the first `most_not_adopted`: each costs requests for every rank.
  std::size_t left_out = 0;
};
inline constexpr std::size_t most_not_adopted = 1000;

struct HistoryRequest {
  std::string name;
  std::string rank;         ///< "": all
  std::uint64_t limit = 0;  ///< the last so many; 0: all
};

struct DownloadRequest {
  std::string name;
  std::string rank;
  std::string version;  ///< "": any; else the rank has to hold it
  /// A folder (made where it is missing) or, for a release of one file, the file's path. "": here.
  std::filesystem::path to;
  ProgressSink progress;
};

struct DownloadReport {
  Manifest manifest;
  std::string rank;
  std::uint64_t seq = 0;                     ///< of the state that said so
  std::vector<std::filesystem::path> paths;  ///< in the order of the manifest's files
};

/// What a file within an archive is besides its bytes.
struct MemberTraits {
  std::string type;  ///< "file", "symbolic link", "hard link", "device"
  /// Permission bits (07777) of a file; none where the archive does not say.
  std::optional<std::uint32_t> mode;
  std::string target;  ///< of a link

  /// Where an archive does not say, an unpacker makes a file that is not executable: such a mode is the same
  /// as any that is not.
  bool has_same_mode(const MemberTraits& other) const;
};

/// In octal, as chmod takes it: "0755".
std::string mode_text(std::uint32_t mode);

/// How one file, or a file within an archive, differs.
struct Difference {
  enum class Kind {
    added,
    removed,
    changed,  ///< other bytes; of a member, also another mode, type or target
    renamed,  ///< a file of the release: the same bytes under another name
  };
  Kind kind = Kind::changed;
  std::string file;    ///< of the release; as it is called after, where it is there
  std::string member;  ///< within it; "" for the file itself
  /// What they were called before, where that was otherwise: `acme-1.0.whl` and `acme-1.1.whl` are compared.
  std::string file_before;
  std::string member_before;
  std::uint64_t size_before = 0;
  std::uint64_t size_after = 0;
  std::optional<MemberTraits> traits_before;  ///< of a member that is there before
  std::optional<MemberTraits> traits_after;   ///< of one that is there after
};
std::string_view to_string(Difference::Kind kind);

struct DiffRequest {
  std::string name;
  std::string before;  ///< a rank, or "@VERSION"
  std::string after;
  ProgressSink progress;
};

struct DiffReport {
  Manifest before;
  Manifest after;
  std::vector<Difference> differences;
  std::vector<std::string> notes;  ///< archives that could not be looked into, and why
};

struct PruneRequest {
  std::vector<std::string> names;                  ///< none: all
  std::optional<std::size_t> keep;                 ///< of earlier releases of each rank; none: the rules'
  std::optional<std::chrono::seconds> older_than;  ///< only what no rank has held for so long
  bool dry_run = false;
  ProgressSink progress;
};

struct PrunedVersion {
  std::string name;
  Reference release;
  std::uint64_t size = 0;
  std::size_t files = 0;
};

struct PruneReport {
  std::vector<PrunedVersion> pruned;
  std::uint64_t kept = 0;  ///< versions
};

struct VerifyRequest {
  std::vector<std::string> names;  ///< none: all
  bool deep = false;               ///< reads and digests all bytes
  bool repair = false;
  ProgressSink progress;
};

struct Problem {
  /// "pending", "history_gap", "history_changed", "state_differs", "state_missing", "bytes_missing",
  /// "bytes_differ", "version_missing", "version_differs", "key_missing", "key_differs", "key_stale",
  /// "leftover", "unreadable"
  std::string kind;
  std::string name;
  std::string item;    ///< a rank, a version, an entry or a key
  std::string detail;  ///< for a person
  enum class State { found, repaired, cannot_repair } state = State::found;
  std::string action;  ///< what was done, or what a person has to do
};
std::string_view to_string(Problem::State state);

struct VerifyReport {
  std::uint64_t names = 0;
  std::uint64_t entries = 0;
  std::uint64_t versions = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes_read = 0;
  std::vector<Problem> problems;
  bool clean() const;  ///< nothing is wrong now
};

struct PipelineOptions {
  Caller caller;
  Clock clock = now;
  std::size_t workers = 16;
  CommandGateRunner run_gate = run_command_gate;
  /// What another machine began to lay out and has not ended after so long is ended by whoever comes by.
  std::chrono::seconds patience{30};
  /// Whom intents name as the process at work.
  std::string worker = this_worker();
  /// Whether the process that an intent names is certainly gone.
  std::function<bool(std::string_view worker)> is_gone = release::is_gone;
};

/// A release pipeline in a bucket. Thread-safe. Keys, protocol and promises: docs/release-protocol.md.
///
/// Every step first ends what the dead have left of the same name. All throw Refused for what the rules do
/// not allow, and Error otherwise; after either nothing has been promoted.
class Pipeline {
 public:
  /// `prefix`: as store::Location gives it. Throws `invalid_argument` for rules that cannot be.
  Pipeline(std::shared_ptr<store::ObjectStore> store, std::string prefix, PipelineRules rules,
           PipelineOptions options = {});
  ~Pipeline();

  StepReport push(const PushRequest& request);
  StepReport promote(const PromoteRequest& request);
  StepReport rollback(const RollbackRequest& request);
  StepReport approve(const ApproveRequest& request);

  /// Takes over what another program (a released s3p) has put into the ranks before a name had a history, or
  /// into the first rank since. Steps do the former by themselves; the latter costs two requests, and is for
  /// buckets that such programs still write.
  void take_over(const std::string& name);

  /// Every name in byte order: those that have been pushed, and the files that another program has put into
  /// the ranks and nobody has taken over yet.
  std::vector<std::string> names();
  /// Of all names. One that is damaged hides no other: it has a fault. A request a name, and listings of the
  /// ranks and of the claims of file names.
  PipelineStatus status();
  /// None only where there is certainly no release of that name.
  std::optional<NameStatus> status(const std::string& name);
  /// The oldest first. Throws Refused (unknown_release; unknown_rank for one that neither the rules nor the
  /// name's state know), `corrupted` where the chain is broken.
  std::vector<Entry> history(const HistoryRequest& request);
  DownloadReport download(const DownloadRequest& request);
  DiffReport diff(const DiffRequest& request);
  PruneReport prune(const PruneRequest& request);
  VerifyReport verify(const VerifyRequest& request);

  const PipelineRules& rules() const;
  store::ObjectStore& store() const;
  const std::string& prefix() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::release
