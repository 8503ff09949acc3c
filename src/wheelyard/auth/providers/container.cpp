#include "wheelyard/auth/providers/container.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <arpa/inet.h>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_service.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/stop_flag.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr std::string_view kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr std::uint64_t kMaxToken = 64u << 10;

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
    return (ntohl(four.s_addr) >> 24) == 127;
  }
  in6_addr six{};
  return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool is_allowed(const Url& url) {
  constexpr std::array<std::string_view, 4> kHosts{"169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                                   "localhost"};
  return url.scheme == "https" ||
         (url.scheme == "http" &&
          (std::ranges::find(kHosts, url.host) != kHosts.end() || is_loopback(url.host)));
}

[[noreturn]] void refuse(std::string_view variable, const std::string& reason, const std::string& hint) {
  throw Error(ErrorCode::invalid_argument, "use", std::string(variable), reason, hint);
}

class ContainerProvider final : public CredentialProvider {
 public:
  ContainerProvider(AwsContextPtr context, ContainerOptions options)
      : context_(std::move(context)), options_(std::move(options)) {}

  std::string name() const override { return "container"; }

  std::optional<Credentials> find() override {
    const auto& environment = context_->environment();
    if (const auto relative = non_empty(environment, kRelative)) {
      if (!relative->starts_with('/')) {
        refuse(kRelative, "it does not begin with '/'", "the container's agent sets it: leave it as it was");
      }
      return ask(options_.host + *relative, kRelative);
    }
    if (const auto full = non_empty(environment, kFull)) {
      return ask(*full, kFull);
    }
    return std::nullopt;
  }

 private:
  Credentials ask(const std::string& address, std::string_view variable) const {
    http::Request request;
    try {
      request.url = Url::parse(address);
    } catch (const Error&) {
      refuse(variable, "it is not a URL", "the container's agent sets it: leave it as it was");
    }
    if (!is_allowed(request.url)) {
      refuse(variable,
             "credentials are not asked for over plain HTTP from '" + printable(request.url.host, 80) + "'",
             "it may be this machine, 169.254.170.2, 169.254.170.23, [fd00:ec2::23], or any host by https");
    }
    request.headers.set("Accept", "application/json");
    if (const auto token = authorization()) {
      request.headers.set("Authorization", *token);
    }
    const auto origin = "the container (" + std::string(variable) + ")";
    return credentials_from(answer_to(request, origin), "Token", /*temporary=*/true, origin);
  }

  std::optional<std::string> authorization() const {
    const auto& environment = context_->environment();
    auto source = kTokenFile;
    auto token = non_empty(environment, kTokenFile);
    if (token) {
      token = read_token(*token);
    } else {
      source = kToken;
      token = non_empty(environment, kToken);
    }
    if (token && token->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      refuse(source, "the token has a line end in it", "write it as one line without an end");
    }
    return token;
  }

  static std::string read_token(const std::string& path) {
    try {
      return read_file(path, kMaxToken);
    } catch (const Error& error) {
      throw Error(error.code() == ErrorCode::not_found ? ErrorCode::unauthenticated : error.code(),
                  "read the token of", std::string(kTokenFile), error.what(),
                  "check the path, and that the agent has written it");
    }
  }

  JsonObject answer_to(const http::Request& request, const std::string& origin) const {
    http::ClientOptions how;
    how.connect_timeout = how.stall_timeout = options_.time;
    how.retry.attempts = 1;
    how.ca_bundle = request.url.scheme == "https" ? context_->settings().ca_bundle : "";
    how.direct = true;
    how.pacer = nullptr;  // three attempts with their own pauses are all there is
    how.log = context_->log();
    how.on_wait = check_stopped;
    for (int attempt = 1;; ++attempt) {
      std::string reason;
      int status = 0;
      try {
        http::Client client(how);  // a kept connection may be closed by now
        const auto answer = ask_service(client, request, options_.time);
        status = answer.status;
        auto object = JsonObject::parse(answer.body);
        if (status == 200 && object) {
          return std::move(*object);
        }
        reason = status == 200 ? "the answer is not a JSON object" : "it answered without credentials";
        if (object && object->text("message")) {
          reason += ": " + printable(*object->text("message"), 300);
        }
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        reason = error.what();
      }
      if (attempt >= options_.attempts) {
        const bool refused = status == 401 || status == 403;
        throw Error(refused ? ErrorCode::unauthenticated : ErrorCode::unavailable,
                    {.doing = "get credentials from",
                     .target = origin,
                     .reason = reason + ", in " + std::to_string(attempt) + " attempts",
                     .hint = "check that the task or pod has a role, and that its agent runs",
                     .http_status = status == 200 ? 0 : status});
      }
      std::this_thread::sleep_for(options_.pause);
    }
  }

  AwsContextPtr context_;
  ContainerOptions options_;
};

}  // namespace

std::unique_ptr<CredentialProvider> container_credentials(AwsContextPtr context, ContainerOptions options) {
  return std::make_unique<ContainerProvider>(std::move(context), std::move(options));
}

}  // namespace wheelyard::auth
