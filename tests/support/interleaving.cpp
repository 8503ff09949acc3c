#include "support/interleaving.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <semaphore>
#include <utility>

#include "support/forwarding_store.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::test_support {

namespace {

constexpr std::uint64_t most_bytes = 64u << 20;

Error no_answer(const std::string& what) {
  return {ErrorCode::unavailable, "ask", what, "the server does not answer"};
}

Error refusal(const std::string& what) {
  return {ErrorCode::permission_denied, "ask", what, "it is not allowed"};
}

/// What took effect has done so, whether anybody learns of it or not.
void try_effect(const std::function<void()>& effect) {
  try {
    effect();
  } catch (const Error&) {
    return;
  }
}

}  // namespace

RandomDecisions::RandomDecisions(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed * 2 + 1)) {
  random_.discard(3);
  constexpr std::array switching{2u, 4u, 8u, 16u};
  constexpr std::array failing{10u, 25u, 60u};
  switch_one_in_ = switching[random_() % switching.size()];
  fault_one_in_ = failing[random_() % failing.size()];
}

std::size_t RandomDecisions::choose(std::size_t switches, std::size_t faults) {
  if (faults > 0 && happens(fault_one_in_)) return 1 + switches + random_() % faults;
  if (switches > 0 && happens(switch_one_in_)) return 1 + random_() % switches;
  return 0;
}

int AllDecisions::spent() const {
  return static_cast<int>(std::ranges::count_if(steps_, [](const Step& step) { return step.taken != 0; }));
}

std::size_t AllDecisions::choose(std::size_t switches, std::size_t faults) {
  const auto count = 1 + switches + faults;
  if (has_strayed_) return 0;
  if (at_ == steps_.size()) steps_.push_back({0, count});
  if (steps_[at_].count != count) {
    stray("there were " + std::to_string(steps_[at_].count) + " alternatives, and now there are " +
          std::to_string(count));
    return 0;
  }
  return steps_[at_++].taken;
}

void AllDecisions::stray(const std::string& how) {
  has_strayed_ = true;
  ADD_FAILURE() << "the same schedule came out differently: at decision " << at_ << " " << how << "; turns "
                << told();
}

bool AllDecisions::next() {
  if (!has_strayed_ && at_ < steps_.size()) stray("it has ended, and did not before");
  if (has_strayed_) return false;
  at_ = 0;
  while (!steps_.empty()) {
    auto& last = steps_.back();
    const auto others = spent() - (last.taken != 0 ? 1 : 0);
    if (others < budget_ && last.taken + 1 < last.count) {
      ++last.taken;
      return true;
    }
    steps_.pop_back();
  }
  return false;
}

std::string AllDecisions::told() const {
  std::string told;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].taken != 0) told += std::to_string(i) + ":" + std::to_string(steps_[i].taken) + " ";
  }
  return told;
}

struct Interleaving::Client {
  std::string name;
  std::function<void()> work;
  std::shared_ptr<store::ObjectStore> store;
  std::binary_semaphore turn{0};
  std::jthread thread;
  std::thread::id id;
  bool has_ended = false;
  std::atomic<bool> is_dead = false;  ///< threads that it has begun ask, too
};

/// The bucket as one client sees it.
class Interleaving::View : public ForwardingStore {
 public:
  View(Interleaving& run, std::size_t client, const std::shared_ptr<store::ObjectStore>& bucket)
      : ForwardingStore(bucket), run_(run), client_(client), bucket_(bucket) {}

  store::PutResult put(const std::string& key, const SourcePtr& body,
                       const store::PutOptions& options) override {
    // A request that is on its way has its bytes with it.
    const auto bytes = body ? read_all(*body->open(), most_bytes, key) : std::string();
    const Effect effect = [bucket = bucket_, key, bytes, options] {
      return bucket->put(key, bytes_source(bytes), options);
    };
    return change("put", key, effect, [&](const std::optional<store::PutResult>&) {
      // As the client does that tries again, and finds that its condition holds no more.
      const auto there = store::find_bytes(*bucket_, key, most_bytes);
      if (there && there->bytes == bytes) return store::PutResult{.etag = there->info.etag, .checksum = {}};
      const bool creates = options.mode.kind == store::PutMode::Kind::create;
      throw Error(creates ? ErrorCode::already_exists : ErrorCode::precondition_failed, "write", key,
                  "somebody else has written it");
    });
  }
  store::GetResult get(const std::string& key, const store::GetOptions& options) override {
    return read("get", key, [&] { return bucket_->get(key, options); });
  }
  store::ObjectInfo head(const std::string& key, const store::VendorHeaders& vendor) override {
    return read("head", key, [&] { return bucket_->head(key, vendor); });
  }
  void remove(const std::string& key) override { remove_all("remove", {key}); }
  std::vector<store::FailedRemoval> remove_each(std::span<const std::string> keys) override {
    if (!keys.empty()) remove_all("remove_many", {keys.begin(), keys.end()});
    return {};
  }
  store::PutResult copy(const std::string& from, const std::string& to,
                        const store::CopyOptions& options) override {
    return change("copy", to,
                  [bucket = bucket_, from, to, options] { return bucket->copy(from, to, options); });
  }
  std::unique_ptr<store::Lister> list(const store::ListOptions& options) override {
    return std::make_unique<Pages>(*this, options);
  }

 private:
  using Effect = std::function<store::PutResult()>;
  /// What the client makes of a lost answer when it asks again; none: the request had failed.
  using Look = std::function<store::PutResult(const std::optional<store::PutResult>&)>;

  class Pages : public store::Lister {
   public:
    Pages(View& view, store::ListOptions options)
        : view_(view), options_(std::move(options)), inner_(view.bucket_->list(options_)) {}
    std::optional<store::ListPage> next() override {
      return view_.read("list", options_.prefix, [&] { return inner_->next(); });
    }

   private:
    View& view_;
    store::ListOptions options_;
    std::unique_ptr<store::Lister> inner_;
  };

  void remove_all(std::string_view operation, const std::vector<std::string>& keys) {
    change(operation, keys.front(), [bucket = bucket_, keys] {
      for (const auto& key : keys) bucket->remove(key);
      return store::PutResult();
    });
  }

  template <typename Ask>
  auto read(std::string_view operation, const std::string& key, const Ask& ask)
      -> std::invoke_result_t<const Ask&> {
    const auto fate = run_.arrive(client_, operation, key, false);
    if (fate == Fate::refused) throw refusal(key);
    if (fate != Fate::normal) throw no_answer(key);
    return ask();
  }

  store::PutResult change(
      std::string_view operation, const std::string& key, const Effect& effect,
      const Look& look = [](const std::optional<store::PutResult>& result) {
        if (!result) throw no_answer("the same again");
        return *result;
      }) {
    const auto fate = run_.arrive(client_, operation, key, true);
    const auto fly = [&] { run_.flying_.push_back({std::string(operation) + " " + key, key, effect}); };
    std::optional<store::PutResult> result;
    const auto happen = [&] {
      try_effect([&] { result = effect(); });
      run_.changed(key);
    };
    switch (fate) {
      case Fate::refused:
        throw refusal(key);
      case Fate::failed:
        throw no_answer(key);
      case Fate::lost:
        happen();
        throw no_answer(key);
      case Fate::late:
        fly();
        throw no_answer(key);
      case Fate::dead:
        throw Killed();
      case Fate::dead_after:
        happen();
        throw Killed();
      case Fate::dead_late:
        fly();
        throw Killed();
      case Fate::looked:
        happen();
        run_.arrive(client_, "look", key, false);
        return look(result);
      case Fate::repeated:
        fly();
        break;
      case Fate::normal:
        break;
    }
    result = effect();
    run_.changed(key);
    return *result;
  }

  Interleaving& run_;
  const std::size_t client_;
  const std::shared_ptr<store::ObjectStore> bucket_;
};

Interleaving::Interleaving(std::shared_ptr<store::ObjectStore> bucket, Decisions& decisions,
                           FaultLimits limits)
    : bucket_(std::move(bucket)),
      decisions_(decisions),
      limits_(limits),
      ended_(std::make_unique<Client>()) {}

Interleaving::~Interleaving() = default;

std::size_t Interleaving::add(std::string name, std::function<void()> work) {
  auto client = std::make_unique<Client>();
  client->name = std::move(name);
  client->work = std::move(work);
  clients_.push_back(std::move(client));
  return clients_.size() - 1;
}

std::shared_ptr<store::ObjectStore> Interleaving::store_of(std::size_t client) {
  return std::make_shared<View>(*this, client, bucket_);
}

void Interleaving::run() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i]->thread = std::jthread([this, i] {
      auto& client = *clients_[i];
      client.id = std::this_thread::get_id();
      client.turn.acquire();
      try {
        client.work();
      } catch (const Killed&) {
        client.is_dead = true;
      }
      leave(i);
    });
  }
  const auto first = decisions_.choose(clients_.size() - 1, 0);
  clients_[first]->turn.release();
  ended_->turn.acquire();
  for (auto& client : clients_) client->thread.join();
}

std::vector<std::size_t> Interleaving::others(std::size_t client) const {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (i != client && !clients_[i]->has_ended) others.push_back(i);
  }
  return others;
}

void Interleaving::go_to(std::size_t client, std::size_t other) {
  clients_[other]->turn.release();
  clients_[client]->turn.acquire();
}

void Interleaving::leave(std::size_t client) {
  clients_[client]->has_ended = true;
  tell("  " + clients_[client]->name + (clients_[client]->is_dead ? " is dead" : " has ended"));
  const auto left = others(client);
  if (left.empty()) {
    ended_->turn.release();
  } else {
    clients_[left[decisions_.choose(left.size() - 1, 0)]]->turn.release();
  }
}

std::vector<Interleaving::Fate> Interleaving::fates(bool changes) const {
  std::vector<Fate> fates;
  const auto add = [&](int left, std::initializer_list<Fate> more) {
    if (left > 0) fates.insert(fates.end(), more);
  };
  if (changes) {
    add(limits_.deaths, {Fate::dead, Fate::dead_after, Fate::dead_late});
    add(limits_.losses, {Fate::failed, Fate::lost, Fate::looked, Fate::late});
    add(limits_.repeats, {Fate::repeated});
  } else {
    add(limits_.losses, {Fate::failed});
  }
  add(limits_.refusals, {Fate::refused});
  return fates;
}

Interleaving::Fate Interleaving::arrive(std::size_t client, std::string_view operation, std::string_view key,
                                        bool changes) {
  auto& self = *clients_[client];
  if (self.is_dead) throw Killed();
  // Threads that a client has begun ask for several things at once, in no order.
  if (std::this_thread::get_id() != self.id) return Fate::normal;
  ++steps_;
  auto fate = decide(client, changes, operation != "look");
  if (operation == "look") fate = Fate::normal;
  constexpr std::array words{"",        " (denied)",   " (failed)", " (lost)",          " (lost, asks again)",
                             " (late)", " (repeated)", " (dead)",   " (dead after it)", " (dead, late)"};
  tell(self.name + " " + std::string(operation) + " " + std::string(key) +
       words[static_cast<std::size_t>(fate)]);
  switch (fate) {
    case Fate::dead:
    case Fate::dead_after:
    case Fate::dead_late:
      --limits_.deaths;
      self.is_dead = true;
      break;
    case Fate::failed:
    case Fate::lost:
    case Fate::looked:
    case Fate::late:
      --limits_.losses;
      break;
    case Fate::refused:
      --limits_.refusals;
      break;
    case Fate::repeated:
      --limits_.repeats;
      break;
    case Fate::normal:
      break;
  }
  return fate;
}

Interleaving::Fate Interleaving::decide(std::size_t client, bool changes, bool may_fail) {
  for (bool resumed = false;;) {
    const auto left = resumed ? std::vector<std::size_t>() : others(client);
    const auto bad = may_fail ? fates(changes) : std::vector<Fate>();
    const std::size_t leaps = limits_.leaps > 0 ? 1 : 0;
    auto taken = decisions_.choose(left.size() + flying_.size() + leaps, bad.size());
    if (taken == 0) return Fate::normal;
    if (--taken < left.size()) {
      go_to(client, left[taken]);
      resumed = true;
      continue;
    }
    if ((taken -= left.size()) < flying_.size()) {
      land(taken);
      continue;
    }
    if ((taken -= flying_.size()) < leaps) {
      --limits_.leaps;
      elapsed_ += limits_.leap;
      tell("  " + std::to_string(limits_.leap.count()) + " s go by");
      continue;
    }
    return bad[taken - leaps];
  }
}

void Interleaving::land(std::size_t flying) {
  const auto one = std::move(flying_[flying]);
  flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(flying));
  tell("  late: " + one.what);
  try_effect([&] { one.effect(); });
  changed(one.key);
}

void Interleaving::land_all() {
  while (!flying_.empty()) land(0);
}

bool Interleaving::is_dead(std::size_t client) const {
  return clients_[client]->is_dead;
}

bool Interleaving::is_dead(std::string_view name) const {
  return std::ranges::any_of(clients_,
                             [&](const auto& client) { return client->name == name && client->is_dead; });
}

std::string Interleaving::told() const {
  std::string told;
  for (const auto& line : lines_) told += line + "\n";
  return told;
}

}  // namespace wheelyard::test_support
