#pragma once

#include <string>

#include "wheelyard/http/detail/curl_library.hpp"

namespace wheelyard::http {

/// Why an attempt brought no answer.
struct Failure {
  std::string reason;
  std::string hint;
  bool may_have_acted = false;  ///< some of the request was sent
  bool worth_retrying = true;   ///< false: it would go the same way again
  bool at_once = false;  ///< an old connection turned out closed: no reason to wait before the next attempt
  bool refused_expect = false;  ///< 417: the next attempt sends its body without asking first
};

/// libcurl's verdict in words. `os_error` is an errno or 0; `detail` is libcurl's own text.
Failure describe_failure(CURLcode code, long os_error, const std::string& detail, const std::string& host,
                         const std::string& authority);

}  // namespace wheelyard::http
