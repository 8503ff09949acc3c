#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/base/clock.hpp"

namespace wheelyard::auth {

/// What signs a request to AWS or to a server that speaks S3.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;  ///< a secret
  std::string session_token;      ///< a secret; may be empty
  std::optional<TimePoint> expires_at;
  std::string origin;  ///< for messages: "environment", "profile 'ci' in ~/.aws/credentials"
};

/// One place where credentials may be found.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  /// Its name in messages: "environment", "shared credentials file". Empty: not worth naming when nothing is
  /// found.
  virtual std::string name() const = 0;
  /// None: nothing is configured here, ask the next. Throws Error where something is configured but broken: a
  /// half-configured provider never falls through to somebody else's credentials.
  virtual std::optional<Credentials> find() = 0;
};

/// Asks providers in order; keeps what it found until five minutes ahead of its expiry, and on to the expiry
/// itself while it cannot be renewed. Thread-safe.
class CredentialChain {
 public:
  explicit CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> providers, Clock clock = now);
  ~CredentialChain();

  /// Throws `unauthenticated` when none has any, naming every place that was asked, or when those found have
  /// expired.
  Credentials get();
  /// Forgets what was found: the server said that it has expired.
  void invalidate();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::auth
