#include "wheelyard/auth/providers/instance_metadata.hpp"

#include <random>
#include <utility>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_endpoint.hpp"
#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/auth/aws_service.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/stop_flag.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";

struct Settings {
  std::string endpoint;
  std::chrono::seconds time{1};
  int attempts = 1;
  bool without_version_1 = false;
};

Settings read_settings(AwsContext& context) {
  const auto& profile = context.profile();
  const auto look = [&](std::string_view variable, std::string_view setting) {
    return Lookup(context.environment(), profile).variable(variable).setting(setting);
  };
  Settings settings;
  const auto mode =
      one_of("mode of the instance metadata service",
             look("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode").found(),
             {"ipv4", "ipv6"}, look("AWS_IMDS_USE_IPV6", "imds_use_ipv6").truth_or(false) ? "ipv6" : "ipv4",
             /*any_case=*/true);
  settings.endpoint = mode == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  if (const auto own = look("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint").found()) {
    settings.endpoint = checked_endpoint(*own);
  }
  if (const auto time = look("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout").found()) {
    settings.time = std::chrono::seconds(whole_number("time-out of the instance metadata service", *time, 1));
  }
  if (const auto count = look("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts").found()) {
    settings.attempts = whole_number("attempts at the instance metadata service", *count, 1);
  }
  settings.without_version_1 =
      look("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled").truth_or(false);
  return settings;
}

/// One conversation with the service. Where it comes to nothing, `trouble` says why.
class Conversation {
 public:
  Conversation(const Settings& settings, AwsContext& context)
      : settings_(settings), options_(client_options(settings, context)) {}

  std::string trouble;

  /// The whole answer with the credentials; none where the service is not there or has no role.
  std::optional<JsonObject> ask() {
    if (!fetch_token()) {
      return std::nullopt;
    }
    const auto role = get(std::string(kRolePath), [](const ServiceAnswer&) { return true; });
    if (!role) {
      return std::nullopt;
    }
    const auto path = std::string(kRolePath) + percent_encode(trim(*role), "+=,.@-_/");
    const auto body =
        get(path, [](const ServiceAnswer& answer) { return JsonObject::parse(answer.body).has_value(); });
    return body ? JsonObject::parse(*body) : std::nullopt;
  }

 private:
  static http::ClientOptions client_options(const Settings& settings, AwsContext& context) {
    http::ClientOptions options;
    options.connect_timeout = options.stall_timeout = settings.time;
    options.retry.attempts = 1;
    options.direct = true;
    options.pacer = nullptr;  // it is asked once or twice, within its time-out
    options.log = context.log();
    options.on_wait = check_stopped;
    return options;
  }

  /// Over a connection of its own: where a kept one has been closed meanwhile, there would be no second try.
  ServiceAnswer send(const http::Request& request) const {
    http::Client client(options_);
    return ask_service(client, request, settings_.time);
  }

  http::Request request(const std::string& method, const std::string& path) const {
    http::Request request;
    request.method = method;
    request.url = Url::parse(settings_.endpoint);
    request.url.path += path;
    return request;
  }

  /// Without an answer in time (a hop limit that is too low loses it) or with 403, 404 or 405, version 1
  /// serves. False where nobody is there, or the service takes the request for a wrong one.
  bool fetch_token() {
    auto asked = request("PUT", "/latest/api/token");
    asked.headers.set("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    bool reached = false;
    for (int attempt = 0; attempt < settings_.attempts; ++attempt) {
      try {
        const auto answer = send(asked);
        reached = true;
        if (answer.status == 200) {
          token_ = trim(answer.body);
          return true;
        }
        trouble = "no token: HTTP " + std::to_string(answer.status);
        if (answer.status == 400) {
          return false;
        }
        if (answer.status == 403 || answer.status == 404 || answer.status == 405) {
          break;
        }
      } catch (const http::TransportError& error) {
        trouble = error.details().reason;
        reached = reached || error.may_have_acted();
        if (error.may_have_acted()) {
          break;
        }
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        trouble = error.details().reason;
        reached = true;
      }
    }
    if (settings_.without_version_1) {
      throw Error(ErrorCode::unauthenticated, "get credentials from", settings_.endpoint,
                  "no token for version 2 came (" + trouble + "), and version 1 is turned off",
                  "raise the instance's hop limit, or set AWS_EC2_METADATA_DISABLED=true where there is no "
                  "such service");
    }
    return reached;
  }

  template <typename Check>
  std::optional<std::string> get(const std::string& path, Check&& is_good) {
    auto asked = request("GET", path);
    if (!token_.empty()) {
      asked.headers.set("X-aws-ec2-metadata-token", token_);
    }
    for (int attempt = 0; attempt < settings_.attempts; ++attempt) {
      try {
        auto answer = send(asked);
        if (answer.status == 200 && !answer.body.empty() && is_good(answer)) {
          return std::move(answer.body);
        }
        trouble = answer.status == 200   ? "an answer that cannot be read"
                  : answer.status == 404 ? "the instance has no role"
                                         : "HTTP " + std::to_string(answer.status);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        trouble = error.details().reason;
      }
    }
    return std::nullopt;
  }

  const Settings& settings_;
  http::ClientOptions options_;
  std::string token_;
};

class InstanceProvider final : public CredentialProvider {
 public:
  explicit InstanceProvider(AwsContextPtr context) : context_(std::move(context)) {}

  std::string name() const override {
    return "instance metadata" + (seen_.empty() ? "" : " (" + seen_ + ")");
  }

  std::optional<Credentials> find() override {
    const auto disabled = non_empty(context_->environment(), "AWS_EC2_METADATA_DISABLED");
    if (disabled && equals_ignoring_case(*disabled, "true")) {
      seen_ = "turned off by AWS_EC2_METADATA_DISABLED";
      return std::nullopt;
    }
    const auto settings = read_settings(*context_);
    Conversation conversation(settings, *context_);
    const auto answer = conversation.ask();
    if (!answer) {
      seen_ = settings.endpoint + ": " + conversation.trouble;
      return std::nullopt;
    }
    for (const auto* field : {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}) {
      if (!answer->contains(field)) {
        // What it says then is an error, as that the role does not trust EC2.
        seen_ = settings.endpoint + ": " +
                printable(answer->text("Message").value_or("an answer without " + std::string(field)), 200);
        return std::nullopt;
      }
    }
    auto found = credentials_from(*answer, "Token", /*temporary=*/true,
                                  "the instance metadata of " + settings.endpoint);
    serve_on(found);
    return found;
  }

 private:
  void serve_on(Credentials& found) const {
    if (*found.expires_at <= context_->time()) {
      thread_local std::minstd_rand dice(std::random_device{}());
      found.expires_at =
          context_->time() + std::chrono::seconds(std::uniform_int_distribution<int>(300, 900)(dice));
    }
  }

  AwsContextPtr context_;
  std::string seen_;
};

}  // namespace

std::unique_ptr<CredentialProvider> instance_credentials(AwsContextPtr context) {
  return std::make_unique<InstanceProvider>(std::move(context));
}

}  // namespace wheelyard::auth
