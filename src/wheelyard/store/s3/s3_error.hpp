#pragma once

#include <string>
#include <string_view>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::store::s3 {

/// An answer that is no success, as far as it could be understood.
struct ServerError {
  int status = 0;
  std::string code;     ///< <Code>, or "" where the body was not S3's error document
  std::string message;  ///< <Message>: the server's own words, fit to be shown
  std::string header;   ///< the header that the server does not take, where it names one
  std::string region;   ///< the bucket's region, where the answer names it
  std::string request_id;
  std::string server_time;  ///< by its clock
  bool foreign = false;     ///< a body that is no S3 answer: a proxy's or web server's page
};

/// Reads the body of such an answer, 64 KiB at most; never throws.
ServerError read_error(http::Response& response);
/// The same from an error document that came with another status, as S3 does for long copies.
ServerError parse_error(std::string_view body, const http::Response& response);

/// Whether the request went to the wrong region, or was signed for it.
bool is_wrong_region(const ServerError& error);
/// Whether other credentials may be accepted: these have run out or were withdrawn.
bool is_expired(const ServerError& error);

/// Whether the server may well do it when it is asked again: it failed, or has too much to do.
bool is_passing(const ServerError& error);

/// What the message and the hint are made from.
struct ErrorContext {
  std::string doing;
  std::string target;
  std::string bucket;
  std::string endpoint;  ///< for messages and hints; "" for Amazon's
  std::string region;    ///< that was signed for
  std::string credentials_origin;
  std::string permission;  ///< the action that has to be allowed: "s3:GetObject"
  TimePoint now{};         ///< by our clock
};

Error to_error(const ServerError& error, const ErrorContext& context);

}  // namespace wheelyard::store::s3
