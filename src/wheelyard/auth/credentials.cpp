#include "wheelyard/auth/credentials.hpp"

#include <mutex>
#include <utility>

#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

constexpr auto kRefreshWindow = std::chrono::minutes(5);
/// How long the old credentials serve on when renewing them failed, before the next try.
constexpr auto kRetryAfter = std::chrono::seconds(30);

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
  std::mutex mutex;
  std::optional<Credentials> current;
  std::optional<TimePoint> renew_at;  ///< none: they do not expire

  Credentials find(TimePoint time) {
    for (const auto& provider : providers) {
      auto found = provider->find();
      if (!found) {
        continue;
      }
      if (found->expires_at && *found->expires_at <= time) {
        throw Error(ErrorCode::unauthenticated, "use the credentials of", found->origin,
                    "they expired at " + to_rfc3339(*found->expires_at), "renew them where they come from");
      }
      return std::move(*found);
    }
    throw Error(
        ErrorCode::unauthenticated, "find", "AWS credentials", "none in: " + enumerate(providers),
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws with --profile or "
        "AWS_PROFILE");
  }
};

CredentialChain::CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> providers, Clock clock)
    : state_(std::make_unique<State>()) {
  state_->providers = std::move(providers);
  state_->clock = std::move(clock);
}

CredentialChain::~CredentialChain() = default;

Credentials CredentialChain::get() {
  const std::lock_guard lock(state_->mutex);
  const auto time = state_->clock();
  auto& current = state_->current;
  if (current && (!state_->renew_at || time < *state_->renew_at)) {
    return *current;
  }
  try {
    current = state_->find(time);
  } catch (const Error&) {
    if (!current || *current->expires_at <= time) {
      current.reset();
      throw;
    }
    state_->renew_at = time + kRetryAfter;
    return *current;
  }
  state_->renew_at.reset();
  if (current->expires_at) {
    state_->renew_at = *current->expires_at - kRefreshWindow;
  }
  return *current;
}

void CredentialChain::invalidate() {
  const std::lock_guard lock(state_->mutex);
  state_->current.reset();
}

}  // namespace wheelyard::auth
