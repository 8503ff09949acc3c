#include "wheelyard/release/history_check.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/transitions.hpp"

namespace wheelyard::release {

namespace {

constexpr std::size_t batch_size = 64;

std::string titled(const std::optional<Reference>& release) {
  return release ? release->version + " (" + release->digest.substr(0, 12) + ")" : "nothing";
}

std::optional<Reference> held(const PipelineState& state, const std::string& rank) {
  const auto* standing = state.standing(rank);
  return standing == nullptr ? std::nullopt : std::optional(standing->release);
}

/// Ranks that hold or held something: others may be there or not.
std::map<std::string, RankState> ranks_of(const PipelineState& state) {
  std::map<std::string, RankState> ranks;
  for (const auto& [name, rank] : state.ranks) {
    if (!rank.current && rank.earlier.empty()) continue;
    ranks[name].current = rank.current;
    ranks[name].earlier = rank.earlier;
  }
  return ranks;
}

std::string number(std::uint64_t seq) {
  return std::to_string(seq);
}

}  // namespace

std::vector<std::uint64_t> entry_numbers(const StateStore& states, const std::string& name) {
  std::vector<std::uint64_t> numbers;
  store::ListOptions options;
  options.prefix = states.layout().history(name);
  const auto lister = states.store().list(options);
  while (const auto page = lister->next()) {
    for (const auto& object : page->objects) {
      if (const auto seq = states.layout().entry_of(name, object.key)) numbers.push_back(*seq);
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

void HistoryCheck::read(std::uint64_t end) {
  auto numbers = entry_numbers(states_, name_);
  std::erase_if(numbers, [&](std::uint64_t seq) { return seq <= known_ || seq > end; });
  for (std::size_t at = 0; at < numbers.size(); at += batch_size)
    read_batch(std::span(numbers).subspan(at, std::min(batch_size, numbers.size() - at)));
}

void HistoryCheck::read_batch(std::span<const std::uint64_t> numbers) {
  std::vector<std::optional<std::string>> texts(numbers.size());
  std::vector<std::string> failures(numbers.size());
  parallel_for(numbers.size(), workers_, [&](std::size_t i) {
    try {
      auto object =
          store::find_bytes(states_.store(), states_.layout().entry(name_, numbers[i]), most_document_bytes);
      if (object) texts[i] = std::move(object->bytes);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      failures[i] = error.what();
    }
  });
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (texts[i]) {
      take(numbers[i], *texts[i]);
    } else if (!failures[i].empty()) {
      if (numbers[i] > known_ + 1) missing(known_ + 1, numbers[i] - 1);
      changed(numbers[i], failures[i], "");
      known_ = numbers[i];
      follows_ = false;
    }
  }
}

void HistoryCheck::missing(std::uint64_t first, std::uint64_t last) {
  whole_ = follows_ = false;
  const auto item = first == last ? number(first) : number(first) + "-" + number(last);
  findings_.add_lasting({.kind = "history_gap",
                         .name = name_,
                         .item = item,
                         .detail = first == last ? "the entry is missing" : "the entries are missing",
                         .action = "nothing can make it anew: bring " +
                                   states_.store().describe(states_.layout().entry(name_, first)) +
                                   " back from a backup or from the bucket's own versions"});
}

void HistoryCheck::changed(std::uint64_t seq, std::string detail, const std::string& expected) {
  whole_ = false;
  auto action = "bring " + states_.store().describe(states_.layout().entry(name_, seq)) +
                " back from a backup or from the bucket's own versions";
  if (!expected.empty()) action += ": the bytes with the SHA-256 " + expected;
  findings_.add_lasting({.kind = "history_changed",
                         .name = name_,
                         .item = number(seq),
                         .detail = std::move(detail),
                         .action = std::move(action)});
}

void HistoryCheck::take(std::uint64_t seq, const std::string& text) {
  if (seq > known_ + 1) missing(known_ + 1, seq - 1);
  known_ = seq;
  findings_.count_entries(1);
  Entry entry;
  try {
    entry = entry_from_json(text, states_.store().describe(states_.layout().entry(name_, seq)));
  } catch (const Error& error) {
    changed(seq, error.what(), "");
    follows_ = false;
    return;
  }
  if (entry.seq != seq) changed(seq, "it says that it is entry " + number(entry.seq), "");
  if (follows_) {
    const auto digest = seq == 1 ? std::string() : sha256_hex(last_text_);
    if (entry.previous != digest) {
      if (seq == 1) {
        changed(seq, "it is the first one and names one before it", "");
      } else {
        changed(seq - 1,
                "its SHA-256 is " + digest + ", and entry " + number(seq) + " names " + entry.previous,
                entry.previous);
      }
    }
  }
  follows_ = true;
  last_text_ = text;
  take_in(entry);
}

void HistoryCheck::take_in(const Entry& entry) {
  for (const auto& pruned : entry.pruned) releases_[pruned.version] = {pruned, true};
  if (entry.action != Action::approve && entry.to) {
    auto& release = releases_[entry.to->version];
    if (whole_ && !release.reference.digest.empty() && release.reference.digest != entry.to->digest) {
      changed(entry.seq,
              "it gives the version " + entry.to->version + " another digest than entries before it", "");
    }
    release.reference = *entry.to;
  }
  if (!whole_) return;
  check_sense(entry);
  apply(replayed_, entry);
}

/// A chain that is whole can still tell what cannot have been.
void HistoryCheck::check_sense(const Entry& entry) {
  if (entry.action == Action::prune || entry.action == Action::approve) return;
  if (entry.from != held(replayed_, entry.rank)) {
    changed(entry.seq,
            "it says that " + entry.rank + " held " + titled(entry.from) +
                " before, and by the entries before it that was " + titled(held(replayed_, entry.rank)),
            "");
  } else if (entry.action == Action::promote && entry.to != held(replayed_, entry.source)) {
    changed(entry.seq,
            "it says that " + titled(entry.to) + " came out of " + entry.source + ", which held " +
                titled(held(replayed_, entry.source)),
            "");
  }
}

void HistoryCheck::check(const PipelineState& state) {
  if (state.seq > 1) read(state.seq - 1);
  if (known_ + 1 < state.seq) missing(known_ + 1, state.seq - 1);
  if (state.seq > 0) {
    known_ = state.seq - 1;
    take(state.seq, state.last_entry);
    check_last(state);
  }
  check_beyond(state);
  if (whole_) check_ranks(state);
}

void HistoryCheck::follow(const PipelineState& state) {
  if (!whole_ || state.seq <= known_) return;
  for (auto seq = known_ + 1; whole_ && seq <= state.seq; ++seq) take(seq, states_.entry_text(state, seq));
}

/// The state holds the last entry, and its object may not be written yet: that is as it should be.
void HistoryCheck::check_last(const PipelineState& state) {
  const auto key = states_.layout().entry(name_, state.seq);
  const auto object = store::find_bytes(states_.store(), key, most_document_bytes);
  if (!object && state.recorded < state.seq) {
    if (findings_.repairs()) states_.record(state);
  } else if (!object) {
    findings_.add({.kind = "history_gap",
                   .name = name_,
                   .item = number(state.seq),
                   .detail = "the entry is missing",
                   .action = "write it anew out of the state"},
                  [&] {
                    auto unrecorded = state;
                    unrecorded.recorded = state.seq - 1;
                    states_.record(unrecorded);
                    return "";
                  });
  } else if (object->bytes != state.last_entry) {
    findings_.add({.kind = "history_changed",
                   .name = name_,
                   .item = number(state.seq),
                   .detail = "its object is not what the state holds as the last entry",
                   .action = "write it anew out of the state"},
                  [&] {
                    states_.put_document(key, state.last_entry, store::PutMode::update(object->info.etag));
                    return "";
                  });
  }
}

void HistoryCheck::check_beyond(const PipelineState& state) {
  store::ListOptions options;
  options.prefix = states_.layout().history(name_);
  options.start_after = states_.layout().entry(name_, state.seq);
  const auto page = states_.store().list(options)->next();
  if (!page || page->objects.empty()) return;
  const auto first = states_.layout().entry_of(name_, page->objects.front().key);
  const auto latest = states_.find(name_);
  if (!first || !latest || latest->state.seq >= *first) return;
  findings_.add_lasting({.kind = "state_differs",
                         .name = name_,
                         .item = "state.json",
                         .detail = "the history goes on with entry " + number(*first) +
                                   ", and the state ends with entry " + number(latest->state.seq) +
                                   ": an old copy of it was put back, or the entry is not of our making",
                         .action = "if the history is right, delete " +
                                   states_.store().describe(states_.layout().state(name_)) +
                                   " and run verify --repair, which makes it anew"});
}

void HistoryCheck::check_ranks(const PipelineState& state) {
  const auto told = ranks_of(replayed_);
  const auto there = ranks_of(state);
  const auto action = "if the history is right, delete " +
                      states_.store().describe(states_.layout().state(name_)) +
                      " and run verify --repair, which makes it anew";
  std::map<std::string, std::string> differ;
  for (const auto& [rank, held_there] : there) {
    const auto found = told.find(rank);
    if (found == told.end() || found->second.current != held_there.current) {
      differ[rank] = "the state says that it holds " + titled(held(state, rank)) + ", and the history " +
                     titled(held(replayed_, rank));
    } else if (found->second.earlier != held_there.earlier) {
      differ[rank] = "the state names other earlier releases than the history";
    }
  }
  for (const auto& [rank, held_then] : told) {
    if (!there.contains(rank))
      differ[rank] = "the state says that it holds nothing, and the history " + titled(held(replayed_, rank));
  }
  if (state.approvals != replayed_.approvals) differ["approvals"] = "the state has others than the history";
  for (auto& [item, detail] : differ) {
    findings_.add_lasting({.kind = "state_differs",
                           .name = name_,
                           .item = item,
                           .detail = std::move(detail),
                           .action = action});
  }
}

}  // namespace wheelyard::release
