#include <algorithm>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/release/archiver.hpp"
#include "wheelyard/release/file_claims.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/local_files.hpp"
#include "wheelyard/release/stepper.hpp"
#include "wheelyard/release/version_documents.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

namespace {

/// One push, step by step as docs/release-protocol.md has them.
class Push {
 public:
  Push(const Stepper& stepper, std::shared_ptr<store::ObjectStore> store, const PushRequest& request)
      : stepper_(stepper), states_(stepper.states()), store_(std::move(store)), request_(request) {
    if (!request.version.empty()) check_version(request.version);
    if (!request.name.empty()) check_release_name(request.name);
    check_note(request.note);
    files_ = inspect_files(request.files, stepper.options().workers);
    manifest_.name = request.name;
    if (manifest_.name.empty()) {
      if (files_.size() > 1) {
        throw Error(ErrorCode::invalid_argument, "push",
                    std::to_string(files_.size()) + " files as one release", "it has no name",
                    "give it one: --name NAME");
      }
      manifest_.name = files_.front().file.name;
      check_release_name(manifest_.name);
    }
    manifest_.version = request.version.empty() ? random_uuid() : request.version;
    take_files();
    release_ = reference_to(manifest_);
    check_size();
    rank_ = stepper.rules().ranks.front().rank;
  }

  StepReport run() {
    StepReport report;
    report.action = Action::push;
    report.name = manifest_.name;
    report.rank = rank_;
    report.manifest = manifest_;
    auto stored = begin(stepper_.find(manifest_.name));
    report.seq = stored.state.seq;
    if (intent_.empty()) {
      report.outcome = StepReport::Outcome::unchanged;
      report.previous = release_;
      return report;
    }
    try {
      claim_files(states_, stored.state, manifest_, stepper_.options().workers);
      static_cast<void>(prepare(stored.state));
      Archiver(states_, store_, manifest_.name, manifest_.version, intent_)
          .send(files_, stepper_.options().workers, request_.progress);
      take_files();
      write_document(stored.state);
    } catch (const Error&) {
      withdraw();
      throw;
    }
    return finish(std::move(stored), std::move(report));
  }

 private:
  [[noreturn]] void refuse(Refusal refusal, std::string reason, std::string hint) const {
    throw Refused(refusal, "push", printable(manifest_.name + " " + manifest_.version, 450),
                  std::move(reason), std::move(hint));
  }

  void take_files() {
    manifest_.files.clear();
    for (const auto& file : files_) manifest_.files.push_back(file.file);
  }

  /// Before anything is sent: the document gets ETags yet, and keys where a dead push has left other bytes.
  void check_size() const {
    constexpr std::size_t etag = 80;
    auto size = to_json(document()).size();
    for (const auto& file : manifest_.files)
      size +=
          etag +
          states_.layout().pushed(manifest_.name, manifest_.version, "0123456789abcdef", file.name).size();
    check_document_size(size, "the manifest of " + std::to_string(manifest_.files.size()) + " files");
  }

  bool stands(const PipelineState& state) const {
    const auto* standing = state.standing(rank_);
    return standing != nullptr && standing->release == release_;
  }

  void check_version_free(const PipelineState& state) const {
    const auto check = [&](const Standing& standing) {
      if (standing.release.version == release_.version && standing.release.digest != release_.digest)
        refuse_taken();
    };
    for (const auto& [name, rank] : state.ranks) {
      if (rank.current) check(*rank.current);
      std::ranges::for_each(rank.earlier, check);
    }
  }

  [[noreturn]] void refuse_taken() const {
    refuse(Refusal::version_taken, "that version stands for other bytes", "give these another version");
  }

  /// Writes down what is about to happen. `intent_` stays empty where nothing has to.
  StoredState begin(std::optional<StoredState> first) {
    const auto id = to_hex(random_bytes(8));
    return edit_state(states_, manifest_.name, std::move(first),
                      [&](PipelineState& state) {
                        // The answer of the swap before was lost.
                        if (has_intent(state, id)) return Change{};
                        intent_.clear();
                        if (stands(state)) return Change{};
                        check_version_free(state);
                        pass_others(state);
                        state.order.clear();
                        for (const auto& rank : stepper_.rules().ranks) state.order.push_back(rank.rank);
                        auto intent = new_intent(Intent::Kind::push, rank_, release_, stepper_.options());
                        intent.id = intent_ = id;
                        state.intents.push_back(std::move(intent));
                        return Change{.changed = true, .entry = {}, .then = {}};
                      })
        .stored;
  }

  /// Others that have to do with the same version.
  void pass_others(PipelineState& state) const {
    std::erase_if(state.intents, [&](const Intent& other) {
      if (other.release.version != release_.version) return false;
      if (other.kind == Intent::Kind::prune)
        refuse(Refusal::pruned, "the bytes of that version are being given up by a prune",
               "give these another version");
      if (other.kind != Intent::Kind::push || other.release.digest == release_.digest) return false;
      if (request_.take_over || is_abandoned(other, stepper_.options())) return true;
      refuse(Refusal::being_pushed,
             "'" + printable(other.by.identity, 200) +
                 "' has been pushing other bytes as that version since " + to_rfc3339(other.since),
             "wait for it and give these another version; if that push is certainly dead, --take-over");
    });
  }

  /// What is to be replaced has been looked at; were the version somebody else's by now, it might be theirs.
  /// Whoever takes it over later puts something else there first, and the replacing fails.
  void check_ours() const {
    const auto stored = states_.find(manifest_.name);
    if (!stored || !has_intent(stored->state, intent_)) refuse_taken_over();
  }

  [[noreturn]] void refuse_taken_over() const {
    refuse(Refusal::being_pushed, "the push was taken for dead, and somebody else has taken the version over",
           "push it again under another version");
  }

  /// Whether the version document names these bytes; throws where it does not allow them. `document_etag_`:
  /// of one that may be written over.
  bool prepare(const PipelineState& state) {
    document_etag_.clear();
    std::string etag;
    const auto document = states_.find_version(manifest_.name, manifest_.version, &etag);
    if (!document) return false;
    if (document->pruned)
      refuse(Refusal::pruned, "the bytes of that version were given up by a prune",
             "give these another version");
    document_etag_ = etag;
    if (document->manifest.digest() == release_.digest) return true;
    check_ours();
    states_.walk_back(state, [&](const Entry& entry) {
      if (entry.to && entry.to->version == manifest_.version && entry.to->digest != release_.digest)
        refuse_taken();
      return true;
    });
    return false;
  }

  VersionDocument document() const { return {.manifest = manifest_, .pruned = false, .push = intent_}; }

  /// Written even where it names these bytes already: whoever was taken for dead and writes over what it saw
  /// finds another ETag.
  void write_document(const PipelineState& state) {
    for (int round = 0; round < store::max_rounds; ++round) {
      store::wait_before_round(round);
      try {
        write_version(
            states_, document(),
            document_etag_.empty() ? store::PutMode::create() : store::PutMode::update(document_etag_));
        return;
      } catch (const Error& error) {
        if (!store::is_lost_race(error)) throw;
      }
      // Another push of the same bytes was faster, or something of a dead one's was late.
      if (prepare(state)) return;
    }
    store::give_up(states_.store().describe(states_.layout().version(manifest_.name, manifest_.version)));
  }

  /// After a failure: others need not wait for it. Where that fails too, the intent tells whose it was.
  void withdraw() const {
    try {
      strike_out(states_, manifest_.name, std::nullopt, {intent_});
    } catch (const Error&) {
      return;
    }
  }

  StepReport finish(StoredState stored, StepReport report) const {
    const Stepper::Step step{.rank = rank_, .document = document(), .edit = [&](PipelineState& state) {
                               const auto erased = std::erase_if(
                                   state.intents, [&](const Intent& intent) { return intent.id == intent_; });
                               if (stands(state))
                                 return Change{.changed = erased > 0, .entry = {}, .then = {}};
                               if (erased == 0) refuse_taken_over();
                               check_version_free(state);
                               Entry entry;
                               entry.action = Action::push;
                               entry.to = release_;
                               entry.note = request_.note;
                               return Change{.changed = true, .entry = std::move(entry), .then = {}};
                             }};
    return stepper_.take(std::move(stored), step, std::move(report));
  }

  const Stepper& stepper_;
  const StateStore& states_;
  std::shared_ptr<store::ObjectStore> store_;
  const PushRequest& request_;
  std::vector<LocalFile> files_;
  Manifest manifest_;
  Reference release_;
  std::string rank_;
  std::string intent_;
  std::string document_etag_;
};

}  // namespace

StepReport push(const Stepper& stepper, const std::shared_ptr<store::ObjectStore>& store,
                const PushRequest& request) {
  return Push(stepper, store, request).run();
}

}  // namespace wheelyard::release
