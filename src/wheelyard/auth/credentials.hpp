#pragma once

#include <functional>
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
  /// Its name in messages: "environment", "shared credentials file"; after a `find` perhaps with what was
  /// seen there. Empty: not worth naming when nothing is found.
  virtual std::string name() const = 0;
  /// None: nothing is configured here, ask the next. Throws Error where something is configured but broken: a
  /// half-configured provider never falls through to somebody else's credentials.
  virtual std::optional<Credentials> find() = 0;
  /// Drops what it keeps from one `find` to the next: the server refused what came of it.
  virtual void forget() {}
};

/// Asks providers in order and stays with the first that has any. Keeps what it found, and asks that provider
/// again five minutes ahead of the expiry (halfway to it, where it is nearer than ten minutes). One thread at
/// a time does so; the others go on with what they have, and wait for it only in the last minute. Where that
/// fails, the credentials serve on until they expire, with another try every half minute. Thread-safe.
class CredentialChain {
 public:
  /// `before_search` is called ahead of each search and each renewal, never by two threads at once.
  explicit CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> providers, Clock clock = now,
                           std::function<void()> before_search = {});
  ~CredentialChain();

  /// Throws `unauthenticated` when none has any, naming every place that was asked, or when those found have
  /// expired; and what the provider throws.
  Credentials get();
  /// The same without a copy. It is the same object until they are renewed: what was made from it, as a
  /// signing key, is good for as long as the address stays.
  std::shared_ptr<const Credentials> share();
  /// Forgets what was found: the server said that it has expired.
  void invalidate();
  /// The same, if what is kept are still these: of many requests that were refused for the same credentials,
  /// only the first makes them be asked for anew.
  void invalidate(const Credentials& refused);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::auth
