#include "wheelyard/server/problem.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "wheelyard/server/negotiation.hpp"

namespace wheelyard::server {
namespace {

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Request Refused" : "Internal Server Error";
  }
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
    case ErrorCode::not_found:  // the bucket, or an object that the index promises
      return 502;
    case ErrorCode::unavailable:
    case ErrorCode::precondition_failed:
    case ErrorCode::cancelled:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

Reply problem(const Request& request, int status, const std::string& detail) {
  Reply reply = Reply::text(status, detail + "\n");
  reply.headers.add("Vary", "Accept");
  if (names_json(request.header("Accept"))) {
    const nlohmann::ordered_json body{{"status", status}, {"title", title_of(status)}, {"detail", detail}};
    reply.headers.set("Content-Type", "application/problem+json");
    reply.bytes = std::make_shared<const std::string>(
        body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  return reply;
}

Reply problem(const Request& request, const Error& error) {
  std::string detail = error.what();
  if (!error.hint().empty()) detail += "\n" + error.hint();
  Reply reply = problem(request, status_of(error.code()), detail);
  reply.note = error.what();
  return reply;
}

}  // namespace wheelyard::server
