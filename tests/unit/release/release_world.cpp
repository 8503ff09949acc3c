#include "release_world.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "wheelyard/release/prune.hpp"

namespace wheelyard::release {

namespace {

using std::chrono::seconds;

const TimePoint morning = *parse_rfc3339("2026-11-21T09:00:00Z");
constexpr std::uint64_t most_bytes = 64u << 20;

/// Files with these bytes, written once for all schedules.
std::filesystem::path file_of(const std::string& file, const std::string& bytes) {
  static const test_support::ScratchFolder scratch;
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, std::filesystem::path> paths;
  const std::scoped_lock lock(mutex);
  auto& path = paths[{file, bytes}];
  if (path.empty()) path = scratch.write(std::filesystem::path(std::to_string(paths.size())) / file, bytes);
  return path;
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_state(std::string_view key) {
  return key.ends_with("/state.json");
}

std::string_view word(Ran::End end) {
  switch (end) {
    case Ran::End::died:
      return "died";
    case Ran::End::done:
      return "done";
    case Ran::End::unchanged:
      return "unchanged";
    case Ran::End::refused:
      return "refused";
    case Ran::End::failed:
      return "failed";
    case Ran::End::uncertain:
      break;
  }
  return "uncertain";
}

}  // namespace

BucketImage::BucketImage(store::ObjectStore& bucket) {
  for (const auto& object : store::list_all(bucket, "")) {
    auto there = store::get_bytes(bucket, object.key, most_bytes);
    objects_.push_back({object.key, std::move(there.bytes), bucket.attributes_of(there.info)});
  }
}

std::shared_ptr<store::ObjectStore> BucketImage::restore() const {
  auto bucket = store::make_memory_store({.content_etags = true});
  for (const auto& object : objects_) bucket->put(object.key, bytes_source(object.bytes), object.options);
  return bucket;
}

World::World(const BucketImage& image, const Setting& setting, test_support::Decisions& decisions)
    : setting_(setting), bucket_(image.restore()), interleaving_(bucket_, decisions, setting.limits) {
  // A copy that is sent twice may come when nobody remembers it: keys are as they should be after a repair.
  foreign_ = setting.limits.repeats > 0;
  interleaving_.on_change([this](std::string_view key) { look(key); });
  const StateStore states(*bucket_, Layout(""));
  if (const auto stored = states.find(app)) {
    states_.push_back({0, stored->state});
    first_seq_ = stored->state.seq;
  } else {
    is_written_by_others_ = true;
  }
}

PipelineOptions World::options_of(const std::string& name, std::size_t number) {
  PipelineOptions options;
  options.workers = 1;
  options.caller.identity = name;
  options.worker = name;
  const auto skew = setting_.skew * static_cast<int>(number);
  options.clock = [this, skew] { return morning + interleaving_.elapsed() + skew; };
  options.is_gone = [this, name](std::string_view worker) {
    if (setting_.liveness == Liveness::unknown) return false;
    if (setting_.liveness == Liveness::suspected) return worker != name;
    return interleaving_.is_dead(worker);
  };
  return options;
}

void World::add(const std::string& name, const std::function<void(Client&)>& work) {
  const auto number = clients_.size();
  clients_.push_back(std::unique_ptr<Client>(new Client(*this, name, number)));
  auto* client = clients_.back().get();
  interleaving_.add(name, [client, work] { work(*client); });
}

World::Client::Client(World& world, std::string name, std::size_t number)
    : world_(world), name_(std::move(name)), store_(world.interleaving_.store_of(number)) {
  options_ = world.options_of(name_, number);
  pipeline_ = std::make_unique<Pipeline>(store_, "", world.setting_.rules, options_);
}

void World::Client::run(const std::string& what,
                        const std::function<std::optional<StepReport>(const std::string&)>& command) {
  const auto index = world_.ran_.size();
  world_.ran_.push_back(
      {.who = name_, .what = noted(what), .begin = world_.interleaving_.now(), .message = {}, .report = {}});
  const auto note = world_.ran_[index].what;
  Ran::End end = Ran::End::done;
  std::string message;
  std::optional<StepReport> report;
  try {
    report = command(note);
    if (report && report->outcome == StepReport::Outcome::unchanged) end = Ran::End::unchanged;
  } catch (const Refused& refused) {
    end = Ran::End::refused;
    message = std::string(to_string(refused.refusal())) + ": " + refused.what();
  } catch (const Error& error) {
    end = error.code() == ErrorCode::unavailable ? Ran::End::uncertain : Ran::End::failed;
    message = std::string(error.what()) + " (" + error.hint() + ")";
  }
  auto& ran = world_.ran_[index];
  ran.outcome = end;
  ran.message = message;
  ran.report = report;
  ran.end = world_.interleaving_.now();
}

void World::Client::push(const std::string& version, const std::string& bytes, bool take_over) {
  run("push " + version, [&](const std::string& note) {
    PushRequest request{.files = {file_of(app, bytes)},
                        .name = {},
                        .version = version,
                        .note = note,
                        .take_over = take_over,
                        .progress = {}};
    return pipeline_->push(request);
  });
}

void World::Client::push_files(const std::string& version, const std::map<std::string, std::string>& files) {
  run("push " + version, [&](const std::string& note) {
    PushRequest request{.files = {}, .name = app, .version = version, .note = note, .progress = {}};
    for (const auto& [file, bytes] : files) request.files.push_back(file_of(file, bytes));
    return pipeline_->push(request);
  });
}

void World::Client::promote(const std::string& rank, const std::string& version) {
  run("promote " + rank, [&](const std::string& note) {
    return pipeline_->promote({.name = app,
                               .version = version,
                               .rank = rank,
                               .from = {},
                               .expect_digest = {},
                               .note = note,
                               .progress = {}});
  });
}

void World::Client::rollback(const std::string& rank, const std::string& version) {
  run("rollback " + rank, [&](const std::string& note) {
    return pipeline_->rollback({.name = app, .rank = rank, .version = version, .note = note, .progress = {}});
  });
}

void World::Client::approve(const std::string& rank) {
  run("approve " + rank, [&](const std::string& note) {
    return pipeline_->approve({.name = app, .version = {}, .rank = rank, .from = {}, .note = note});
  });
}

void World::Client::prune(std::size_t keep) {
  run("prune", [&](const std::string&) {
    pipeline_->prune({.names = {app}, .keep = keep, .older_than = {}, .progress = {}});
    return std::nullopt;
  });
}

void World::Client::repair(bool deep) {
  run("repair", [&](const std::string&) {
    pipeline_->verify({.names = {app}, .deep = deep, .repair = true, .progress = {}});
    return std::nullopt;
  });
}

void World::Client::remove_leftovers(const std::string& version) {
  run("remove leftovers", [&](const std::string&) {
    const StateStore states(*store_, Layout(""));
    release::remove_leftovers(states, options_, app, version);
    return std::nullopt;
  });
}

void World::Client::take_over() {
  run("take over", [&](const std::string&) {
    pipeline_->take_over(app);
    return std::nullopt;
  });
}

void World::Client::download(const std::string& rank) {
  run("download " + rank, [&](const std::string&) {
    const test_support::ScratchFolder folder;
    const auto begin = world_.interleaving_.now();
    const auto report =
        pipeline_->download({.name = app, .rank = rank, .version = {}, .to = folder.path(), .progress = {}});
    world_.check_download(rank, report, begin);
    return std::nullopt;
  });
}

void World::Client::write_by_s3p(const std::string& rank, const std::string& version,
                                 const std::string& bytes) {
  world_.foreign_ = world_.is_written_by_others_ = true;
  run("s3p " + rank, [&](const std::string&) {
    store::PutOptions options;
    options.metadata = {{"version", version}};
    store_->put("archive/" + version + "/" + app, bytes_source(bytes), options);
    store_->put(rank + "/" + app, bytes_source(bytes), options);
    return std::nullopt;
  });
}

void World::broken(const std::string& what) {
  if (broken_.empty()) broken_ = what + " (at request " + std::to_string(interleaving_.now()) + ")";
}

std::string World::bytes_at(const std::string& key) const {
  const auto object = store::find_bytes(*bucket_, key, most_bytes);
  return object ? object->bytes : "";
}

void World::look(std::string_view key) {
  if (is_state(key)) {
    const auto text = bytes_at(std::string(key));
    if (text.empty()) return;
    auto state = state_from_json(text, "the state");
    if (!states_.empty() && states_.back().state == state) return;
    check_state(state);
    states_.push_back({interleaving_.now(), std::move(state)});
    check_bytes(states_.back().state);
  } else if (!states_.empty() &&
             (key.starts_with("archive/") || key.find("/files/") != std::string_view::npos ||
              key.find("/versions/") != std::string_view::npos)) {
    check_bytes(states_.back().state);
  }
}

void World::check_state(const PipelineState& state) {
  if (state.seq > 1 && bytes_at(Layout("").entry(app, state.seq - 1)).empty())
    broken("entry " + std::to_string(state.seq - 1) + " has no object, and the state goes on");
  if (states_.empty()) return;
  const auto& before = states_.back().state;
  if (state.swaps <= before.swaps) broken("the state went back");
  if (state.seq != before.seq && state.seq != before.seq + 1) broken("the state leaped");
  if (state.seq == before.seq && state.last_entry != before.last_entry) broken("an entry was replaced");
}

/// What a rank holds or can go back to has its document and its bytes, at every instant.
void World::check_bytes(const PipelineState& state) {
  const StateStore states(*bucket_, Layout(""));
  std::set<std::string> seen;
  const auto check = [&](const std::string& rank, const Standing& standing) {
    if (!seen.insert(standing.release.version).second) return;
    const auto what = rank + " names " + standing.release.version;
    const auto document = states.find_version(app, standing.release.version);
    if (!document || document->manifest.digest() != standing.release.digest) {
      broken(what + ", which has no document");
      return;
    }
    if (document->pruned) broken(what + ", which is pruned");
    for (const auto& file : document->manifest.files) {
      const auto key = states.bytes_key(document->manifest, file);
      const auto bytes = bytes_at(key);
      if (sha256_hex(bytes) != file.sha256) broken(what + ", and " + key + " holds '" + bytes + "'");
    }
  };
  for (const auto& [name, rank] : state.ranks) {
    if (rank.current) check(name, *rank.current);
    for (const auto& standing : rank.earlier) check(name, standing);
  }
}

void World::check_download(const std::string& rank, const DownloadReport& report, std::uint64_t begin) {
  for (std::size_t i = 0; i < report.paths.size(); ++i) {
    if (sha256_hex(file_text(report.paths[i])) != report.manifest.files[i].sha256)
      broken("a download has other bytes than it says");
  }
  const auto digest = report.manifest.digest();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const bool was_current = i + 1 == states_.size() || states_[i + 1].at >= begin;
    const auto* standing = states_[i].state.standing(rank);
    if (was_current && standing != nullptr && standing->release.digest == digest) return;
  }
  broken("a download got " + report.manifest.version + ", which " + rank + " did not hold meanwhile");
}

void World::check_history() {
  const StateStore states(*bucket_, Layout(""));
  const auto stored = states.find(app);
  if (!stored) return;
  std::vector<Entry> entries;
  std::map<std::string, std::string> digests;
  states.walk_back(stored->state, [&](const Entry& entry) {
    entries.push_back(entry);
    return true;
  });
  std::ranges::reverse(entries);
  for (const auto& entry : entries) {
    if (!entry.to) continue;
    auto& digest = digests[entry.to->version];
    if (digest.empty()) digest = entry.to->digest;
    if (digest != entry.to->digest) broken("the version " + entry.to->version + " stands for two things");
  }
  check_replay(entries);
  std::erase_if(entries, [&](const Entry& entry) { return entry.seq <= first_seq_; });
  check_commands(entries);
}

/// A promotion that needs an approval has one by another, which none before it has used; only what stands is
/// taken back.
void World::check_replay(const std::vector<Entry>& entries) {
  PipelineState replayed;
  for (const auto& entry : entries) {
    const auto* rules = setting_.rules.find(entry.rank);
    if (entry.seq > first_seq_ && entry.action == Action::adopt && !is_written_by_others_)
      broken("entry " + std::to_string(entry.seq) + " takes over what nobody else has written");
    if (entry.seq > first_seq_ && entry.action == Action::promote && rules != nullptr &&
        rules->approvals > 0) {
      const bool is_approved = std::ranges::any_of(replayed.approvals, [&](const Approval& approval) {
        return approval.rank == entry.rank && approval.release == *entry.to &&
               approval.by.identity != entry.by.identity;
      });
      if (!is_approved) broken("entry " + std::to_string(entry.seq) + " had no approval");
    }
    const auto* standing = replayed.standing(entry.rank);
    if (entry.action == Action::undo && (standing == nullptr || standing->seq != entry.undone))
      broken("entry " + std::to_string(entry.seq) + " takes something else back than it says");
    apply(replayed, entry);
  }
}

void World::check_commands(const std::vector<Entry>& entries) {
  std::set<std::uint64_t> told;
  for (const auto& ran : ran_) {
    std::vector<Entry> mine;
    for (const auto& entry : entries) {
      if (entry.by.identity == ran.who && entry.note == ran.what) mine.push_back(entry);
    }
    const auto what = ran.who + "'s '" + ran.what + "', which " + std::string(word(ran.outcome));
    for (const auto& entry : mine) told.insert(entry.seq);
    if (mine.size() > 1) broken(what + ", is in the history twice");
    switch (ran.outcome) {
      case Ran::End::done: {
        if (!ran.report) break;
        if (mine.empty() || mine.front().seq != ran.report->seq) {
          broken(what + ", is not the entry that it said");
          break;
        }
        const auto swap = std::ranges::find_if(
            states_, [&](const Seen& seen) { return seen.state.seq >= ran.report->seq; });
        if (swap == states_.end() || swap->at < ran.begin || swap->at > ran.end)
          broken(what + ", took effect before it began or after it ended");
        break;
      }
      case Ran::End::unchanged:
      case Ran::End::refused:
        if (!mine.empty()) broken(what + ", is in the history");
        break;
      case Ran::End::failed: {
        if (mine.empty()) break;
        const bool is_undone = std::ranges::any_of(entries, [&](const Entry& entry) {
          return entry.action == Action::undo && entry.undone == mine.front().seq;
        });
        const bool has_moved_on = std::ranges::any_of(entries, [&](const Entry& entry) {
          return entry.seq > mine.front().seq && entry.rank == mine.front().rank;
        });
        const bool is_said =
            ran.message.find("nor could") != std::string::npos ||
            (has_moved_on && ran.message.find("nothing was taken back") != std::string::npos);
        if (!is_undone && !is_said) broken(what + ", stands in the history and was not taken back");
        break;
      }
      case Ran::End::died:
      case Ran::End::uncertain:
        break;
    }
  }
  const auto& limits = setting_.limits;
  const bool is_fair = limits.deaths + limits.losses + limits.refusals + limits.repeats == 0;
  for (const auto& ran : ran_) {
    if (is_fair && ran.what.starts_with("download") && ran.outcome != Ran::End::done)
      broken("a download fails: " + ran.message);
  }
  for (const auto& entry : entries) {
    const bool is_noted = entry.action == Action::push || entry.action == Action::promote ||
                          entry.action == Action::rollback || entry.action == Action::approve;
    if (is_noted && !told.contains(entry.seq) && entry.by.identity != "later")
      broken("entry " + std::to_string(entry.seq) + " is nobody's");
  }
}

std::string World::run() {
  interleaving_.run();
  // Others come later, on a machine where the dead are known, and once more when nothing can be on its way.
  auto options = options_of("later", 0);
  options.is_gone = [](std::string_view) { return true; };
  setting_.rules.keep = 10;
  PipelineFixture later(bucket_, options);
  const auto push = [&](const std::string& version) {
    try {
      PushRequest request{
          .files = {file_of(app, version)}, .name = {}, .version = version, .note = {}, .progress = {}};
      Pipeline(bucket_, "", setting_.rules, options).push(request);
    } catch (const Error& error) {
      broken("the next command fails: " + std::string(error.what()));
    }
  };
  const auto check = [&](const std::string& when) {
    const auto promise = later.broken_promise();
    if (!promise.empty()) broken(when + ": " + promise);
    if (!later.states().get(app).state.intents.empty()) broken(when + ": an intent is left");
  };
  push("later");
  interleaving_.land_all();
  interleaving_.leap(long_after());
  push("last");
  check_history();
  if (!foreign_) check("after the next command");
  Pipeline pipeline(bucket_, "", setting_.rules, options);
  bool is_mended = false;
  const auto problems = [&](bool repair) {
    std::string told;
    const auto report = pipeline.verify({.names = {app}, .deep = true, .repair = repair, .progress = {}});
    is_mended = is_mended || !report.problems.empty();
    for (const auto& problem : report.problems) {
      const bool is_expected = problem.kind == "leftover" || foreign_;
      if (repair && is_expected) continue;
      told += problem.kind + " " + problem.item + ": " + problem.detail + "; ";
    }
    return told;
  };
  try {
    if (const auto found = problems(true); !found.empty()) broken("verify finds " + found);
    if (foreign_ || is_mended) {
      interleaving_.leap(long_after());
      push("z");
      if (const auto found = problems(false); !found.empty()) broken("after a repair verify finds " + found);
    }
  } catch (const Error& error) {
    broken("verify fails: " + std::string(error.what()));
  }
  check("in the end");
  return broken_;
}

std::string World::told() const {
  auto told = interleaving_.told();
  for (const auto& ran : ran_) {
    told += ran.who + ": " + ran.what + ": " + std::string(word(ran.outcome)) +
            (ran.message.empty() ? "" : ": " + ran.message) + "\n";
  }
  return told;
}

}  // namespace wheelyard::release
