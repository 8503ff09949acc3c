#include "wheelyard/auth/credentials.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/stop_flag.hpp"

namespace wheelyard::auth {
namespace {

/// How long ahead of the expiry others are asked for, and how long ahead everybody waits for them.
constexpr auto kRenewAhead = std::chrono::minutes(5);
constexpr auto kWaitAhead = std::chrono::minutes(1);
/// How long the old credentials serve on when renewing them failed, before the next try.
constexpr auto kRetryAfter = std::chrono::seconds(30);
/// How often who waits for another's search looks whether its own call is still wanted.
constexpr auto kBetweenLooks = std::chrono::milliseconds(100);

std::string enumerate(const std::vector<std::unique_ptr<CredentialProvider>>& providers) {
  std::string names;
  for (const auto& provider : providers) {
    const auto name = provider->name();
    names += (names.empty() || name.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

struct CredentialChain::State {
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  Clock clock;
  std::function<void()> before_search;

  std::mutex mutex;
  std::condition_variable search_ended;
  std::shared_ptr<const Credentials> current;
  std::optional<TimePoint> renew_at;  ///< none: they do not expire
  std::optional<TimePoint> wait_at;
  bool searching = false;
  bool refused = false;  ///< providers must forget what they keep
  std::uint64_t searches_begun = 0;
  std::uint64_t searches_ended = 0;
  std::exception_ptr failure;  ///< of the last search
  bool stopped = false;        ///< that failure: the call that searched was to end

  CredentialProvider* source = nullptr;  ///< who had them; only the one thread that searches looks

  std::shared_ptr<const Credentials> get();
  std::shared_ptr<const Credentials> renew(std::unique_lock<std::mutex>& lock);
  Credentials search(bool forget);
  void keep(Credentials found, TimePoint time);
  void drop();
};

std::shared_ptr<const Credentials> CredentialChain::State::get() {
  std::unique_lock lock(mutex);
  for (;;) {
    const auto time = clock();
    if (current && (!renew_at || time < *renew_at)) {
      return current;
    }
    if (!searching) {
      return renew(lock);
    }
    if (current && time < *wait_at) {
      return current;
    }
    const auto awaited = searches_begun;
    while (!search_ended.wait_for(lock, kBetweenLooks, [&] { return searches_ended >= awaited; })) {
      check_stopped();
    }
    // That the other's call was stopped says nothing of the credentials: the next round searches itself.
    if (!current && failure && searches_ended == awaited && !stopped) {
      std::rethrow_exception(failure);
    }
  }
}

/// Everything slow happens here, without the lock.
std::shared_ptr<const Credentials> CredentialChain::State::renew(std::unique_lock<std::mutex>& lock) {
  searching = true;
  const bool forget = std::exchange(refused, false);
  const auto number = ++searches_begun;
  lock.unlock();
  std::optional<Credentials> found;
  std::exception_ptr problem;
  bool is_stopped = false;
  try {
    found = search(forget);
  } catch (const Error& error) {
    problem = std::current_exception();
    is_stopped = error.code() == ErrorCode::cancelled;
  } catch (...) {
    problem = std::current_exception();
  }
  lock.lock();
  searching = false;
  searches_ended = number;
  failure = problem;
  stopped = is_stopped;
  const auto time = clock();
  if (found) {
    keep(std::move(*found), time);
  } else if (current && time < *current->expires_at) {
    renew_at = time + kRetryAfter;
  } else {
    drop();
  }
  search_ended.notify_all();
  if (!current) {
    std::rethrow_exception(problem);
  }
  return current;
}

Credentials CredentialChain::State::search(bool forget) {
  if (before_search) {
    before_search();
  }
  if (forget) {
    std::ranges::for_each(providers, [](const auto& provider) { provider->forget(); });
  }
  std::optional<Credentials> found;
  if (source != nullptr) {
    found = source->find();
  }
  for (auto at = providers.begin(); !found && at != providers.end(); ++at) {
    found = (*at)->find();
    source = at->get();
  }
  if (!found) {
    source = nullptr;
    throw Error(
        ErrorCode::unauthenticated, "find", "AWS credentials", "none in: " + enumerate(providers),
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws with --profile or "
        "AWS_PROFILE");
  }
  if (found->expires_at && *found->expires_at <= clock()) {
    throw Error(ErrorCode::unauthenticated, "use the credentials of", found->origin,
                "they expired at " + to_rfc3339(*found->expires_at), "renew them where they come from");
  }
  return std::move(*found);
}

void CredentialChain::State::keep(Credentials found, TimePoint time) {
  current = std::make_shared<const Credentials>(std::move(found));
  renew_at.reset();
  wait_at.reset();
  if (const auto expiry = current->expires_at) {
    const auto left = *expiry - time;
    renew_at = std::max<TimePoint>(*expiry - kRenewAhead, time + left / 2);
    wait_at = std::max<TimePoint>(*expiry - kWaitAhead, time + left * 3 / 4);
  }
}

void CredentialChain::State::drop() {
  current.reset();
  renew_at.reset();
  wait_at.reset();
}

CredentialChain::CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> providers, Clock clock,
                                 std::function<void()> before_search)
    : state_(std::make_unique<State>()) {
  state_->providers = std::move(providers);
  state_->clock = std::move(clock);
  state_->before_search = std::move(before_search);
}

CredentialChain::~CredentialChain() = default;

Credentials CredentialChain::get() {
  return *state_->get();
}

std::shared_ptr<const Credentials> CredentialChain::share() {
  return state_->get();
}

void CredentialChain::invalidate() {
  const std::lock_guard lock(state_->mutex);
  state_->drop();
  state_->refused = true;
}

void CredentialChain::invalidate(const Credentials& refused) {
  const std::lock_guard lock(state_->mutex);
  const auto& current = state_->current;
  if (current && current->access_key_id == refused.access_key_id &&
      current->session_token == refused.session_token) {
    state_->drop();
    state_->refused = true;
  }
}

}  // namespace wheelyard::auth
