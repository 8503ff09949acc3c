#include "wheelyard/http/detail/failure.hpp"

#include <cerrno>
#include <system_error>

namespace wheelyard::http {
namespace {

Failure make(std::string reason, std::string hint, bool worth_retrying = true) {
  Failure failure;
  failure.reason = std::move(reason);
  failure.hint = std::move(hint);
  failure.worth_retrying = worth_retrying;
  return failure;
}

std::string with_detail(const std::string& reason, const std::string& detail) {
  return detail.empty() ? reason : reason + ": " + detail;
}

}  // namespace

Failure describe_failure(CURLcode code, long os_error, const std::string& detail, const std::string& host,
                         const std::string& authority) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return make("the host name \"" + host + "\" is not known",
                  "check the endpoint's spelling, and the network");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return make("the proxy's host name is not known",
                  "check the proxy setting and HTTP_PROXY, HTTPS_PROXY, NO_PROXY");
    case CURLE_COULDNT_CONNECT:
      if (detail.starts_with("Failed to connect to ") &&
          !detail.starts_with("Failed to connect to " + host + " ")) {
        return make("no connection to the proxy: " + detail,
                    "check the proxy setting and HTTP_PROXY, HTTPS_PROXY, NO_PROXY");
      }
      if (os_error == ECONNREFUSED) {
        return make("connection refused by " + authority,
                    "check that the endpoint is right and that the server runs");
      }
      return make("no connection to " + authority + ": " +
                      (os_error != 0 ? std::generic_category().message(static_cast<int>(os_error)) : detail),
                  "check the endpoint and the network");
    case CURLE_OPERATION_TIMEDOUT:
      return make("no connection to " + authority + " in the time allowed",
                  "check the endpoint and the network");
    case CURLE_PEER_FAILED_VERIFICATION:
      return make(with_detail("the server's TLS certificate is not trusted", detail),
                  "for a private authority, name its certificates with AWS_CA_BUNDLE or ca_bundle", false);
    case CURLE_SSL_CACERT_BADFILE:
      return make(with_detail("the CA certificates cannot be read", detail),
                  "check AWS_CA_BUNDLE and ca_bundle, or install ca-certificates", false);
    case CURLE_SSL_CONNECT_ERROR:
      return make(with_detail("no TLS connection", detail),
                  "check whether the endpoint is https or plain http");
    case CURLE_GOT_NOTHING:
      return make("the server closed the connection without an answer",
                  "try again later, and check whether the endpoint is https or plain http");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
      if (os_error == 0) return make(with_detail("the connection broke", detail), "");
      return make("the connection broke: " + std::generic_category().message(static_cast<int>(os_error)), "");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return make(with_detail("the answer is not HTTP", detail), "check that the endpoint is a web server's",
                  false);
    case CURLE_OUT_OF_MEMORY:
      return make("out of memory", "", false);
    default:
      return make(detail.empty() ? "libcurl error " + std::to_string(code) : detail, "", false);
  }
}

}  // namespace wheelyard::http
