#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/base/clock.hpp"

namespace wheelyard::auth {

/// What `sign_headers` does for S3, for whoever signs thousands of requests: the key of a day and region is
/// kept, and the request is put into its canonical form without being taken apart. Thread-safe.
class RequestSigner {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  struct Request {
    std::string_view method;
    std::string_view path;       ///< as it is sent: percent-encoded once
    std::string_view query;      ///< percent-encoded, sorted by name, each with its "="
    std::string_view authority;  ///< the Host header
    const Fields& headers;       ///< all but Host; names in any case, each once, values without outer blanks
    std::string_view payload_hash;
    std::string_view region;
  };

  /// The headers to add: x-amz-date, x-amz-security-token where there is one, authorization.
  Fields sign(const Request& request, const Credentials& credentials, TimePoint time);

 private:
  std::string key_for(const Credentials& credentials, std::string_view date, std::string_view region);

  std::mutex mutex_;
  std::string secret_;
  std::string date_;
  std::string region_;
  std::string key_;
};

}  // namespace wheelyard::auth
