#include "wheelyard/auth/providers/static_keys.hpp"

#include <utility>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

[[noreturn]] void fail_incomplete(const std::string& origin, const std::string& missing) {
  throw Error(ErrorCode::unauthenticated, "use the credentials of", origin, missing + " is missing",
              "set " + missing + ", or remove the other half");
}

class ExplicitProvider final : public CredentialProvider {
 public:
  explicit ExplicitProvider(Credentials given) : given_(std::move(given)) {}

  std::string name() const override { return "command line"; }

  std::optional<Credentials> find() override {
    if (given_.access_key_id.empty() && given_.secret_access_key.empty() && given_.session_token.empty()) {
      return std::nullopt;
    }
    if (given_.access_key_id.empty()) {
      fail_incomplete("the command line", "the access key id");
    }
    if (given_.secret_access_key.empty()) {
      fail_incomplete("the command line", "the secret access key");
    }
    auto found = given_;
    found.origin = "command line";
    return found;
  }

 private:
  Credentials given_;
};

class EnvironmentProvider final : public CredentialProvider {
 public:
  explicit EnvironmentProvider(Environment environment) : environment_(std::move(environment)) {}

  std::string name() const override { return "environment"; }

  std::optional<Credentials> find() override {
    auto key = non_empty(environment_, "AWS_ACCESS_KEY_ID");
    if (!key) {
      return std::nullopt;
    }
    auto secret = non_empty(environment_, "AWS_SECRET_ACCESS_KEY");
    if (!secret) {
      fail_incomplete("the environment", "AWS_SECRET_ACCESS_KEY");
    }
    auto token = non_empty(environment_, "AWS_SECURITY_TOKEN");
    if (!token) {
      token = non_empty(environment_, "AWS_SESSION_TOKEN");
    }
    return Credentials{std::move(*key), std::move(*secret), token.value_or(""), expiry(), "environment"};
  }

 private:
  std::optional<TimePoint> expiry() const {
    const auto text = non_empty(environment_, "AWS_CREDENTIAL_EXPIRATION");
    if (!text) {
      return std::nullopt;
    }
    const auto time = parse_aws_time(*text);
    if (!time) {
      throw Error(ErrorCode::invalid_argument, "read", "AWS_CREDENTIAL_EXPIRATION",
                  "'" + *text + "' is not a time", "write it as 2026-11-21T09:18:25Z, or unset it");
    }
    return time;
  }

  Environment environment_;
};

enum class SharedFile { credentials, config };

class FileProvider final : public CredentialProvider {
 public:
  FileProvider(SharedFile file, std::string profile, AwsContextPtr context)
      : file_(file), profile_(std::move(profile)), context_(std::move(context)) {}

  std::string name() const override {
    return file_ == SharedFile::credentials ? "shared credentials file" : "config file";
  }

  std::optional<Credentials> find() override {
    const auto& files = context_->files();
    const bool shared = file_ == SharedFile::credentials;
    const auto* profile = shared ? files.credentials_profile(profile_) : files.config_profile(profile_);
    const auto* key = profile == nullptr ? nullptr : find_text(*profile, "aws_access_key_id");
    if (key == nullptr) {
      return std::nullopt;
    }
    const auto origin =
        "profile '" + profile_ + "' in " + (shared ? files.credentials_path() : files.config_path()).string();
    const auto* secret = find_text(*profile, "aws_secret_access_key");
    if (secret == nullptr || secret->empty()) {
      fail_incomplete(origin, "aws_secret_access_key");
    }
    if (key->empty()) {
      fail_incomplete(origin, "aws_access_key_id");
    }
    const auto* token = find_text(*profile, "aws_security_token");
    if (token == nullptr) {
      token = find_text(*profile, "aws_session_token");
    }
    return Credentials{*key, *secret, token == nullptr ? "" : *token, std::nullopt, origin};
  }

 private:
  SharedFile file_;
  std::string profile_;
  AwsContextPtr context_;
};

}  // namespace

std::unique_ptr<CredentialProvider> explicit_credentials(Credentials given) {
  return std::make_unique<ExplicitProvider>(std::move(given));
}

std::unique_ptr<CredentialProvider> environment_credentials(Environment environment) {
  return std::make_unique<EnvironmentProvider>(std::move(environment));
}

std::unique_ptr<CredentialProvider> shared_file_credentials(std::string profile, AwsContextPtr context) {
  return std::make_unique<FileProvider>(SharedFile::credentials, std::move(profile), std::move(context));
}

std::unique_ptr<CredentialProvider> config_file_credentials(std::string profile, AwsContextPtr context) {
  return std::make_unique<FileProvider>(SharedFile::config, std::move(profile), std::move(context));
}

}  // namespace wheelyard::auth
