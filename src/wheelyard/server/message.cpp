#include "wheelyard/server/message.hpp"

#include <utility>

#include "wheelyard/base/text.hpp"

namespace wheelyard::server {

std::string Request::header(std::string_view name) const {
  std::string joined;
  for (const auto& [field, value] : headers.fields()) {
    if (!equals_ignoring_case(field, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += value;
  }
  return joined;
}

Reply Reply::text(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "text/plain; charset=utf-8");
  reply.headers.add("Cache-Control", "no-cache");
  reply.bytes = std::make_shared<const std::string>(std::move(body));
  return reply;
}

Reply Reply::redirect(int status, std::string location) {
  Reply reply = text(status, "See the Location header.\n");
  reply.headers.add("Location", std::move(location));
  return reply;
}

}  // namespace wheelyard::server
