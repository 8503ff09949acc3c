#include "wheelyard/auth/providers/credential_process.hpp"

#include <utility>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/shell_words.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

class ProcessProvider final : public CredentialProvider {
 public:
  ProcessProvider(std::string profile, AwsContextPtr context, ChildLimits limits)
      : profile_(std::move(profile)), context_(std::move(context)), limits_(limits) {}

  std::string name() const override { return "credential process"; }

  std::optional<Credentials> find() override {
    const auto settings = context_->files().profile(profile_).value_or(AwsProfile());
    const auto* command = find_text(settings, "credential_process");
    if (command == nullptr) {
      return std::nullopt;
    }
    const auto origin = "the credential_process of " + settings.find("credential_process")->second.origin;
    const auto words = shell_words(*command);
    if (!words || words->empty()) {
      throw Error(ErrorCode::invalid_argument, "use", origin,
                  words ? "it is empty" : "it has a quote that is not closed",
                  "write a command there, its words quoted as in a shell");
    }
    return parse(run(*words, origin), origin);
  }

 private:
  std::string run(const std::vector<std::string>& words, const std::string& origin) const {
    ChildOutput result;
    try {
      result = run_child(words, limits_);
    } catch (const Error& error) {
      throw Error(error.code() == ErrorCode::not_found ? ErrorCode::unauthenticated : error.code(),
                  "get credentials from", origin, error.what(), error.hint());
    }
    if (result.status != 0 || result.signal != 0) {
      const auto how = result.signal != 0 ? "was ended by signal " + std::to_string(result.signal)
                                          : "ended with status " + std::to_string(result.status);
      const auto said = trim(result.errors);
      throw Error(ErrorCode::unauthenticated, "get credentials from", origin,
                  words[0] + " " + how + (said.empty() ? "" : ": " + printable(said, 600)),
                  "run it by hand and see what it lacks");
    }
    return std::move(result.output);
  }

  static Credentials parse(const std::string& output, const std::string& origin) {
    const auto answer = JsonObject::parse(output);
    if (!answer) {
      throw Error(ErrorCode::unauthenticated, "get credentials from", origin,
                  "what it prints is not a JSON object", "it is to print nothing but the credentials");
    }
    if (answer->number("Version") != 1) {
      throw Error(ErrorCode::unauthenticated, "get credentials from", origin,
                  "its answer is not of Version 1", "it is to print \"Version\": 1");
    }
    return credentials_from(*answer, "SessionToken", /*temporary=*/false, origin);
  }

  std::string profile_;
  AwsContextPtr context_;
  ChildLimits limits_;
};

}  // namespace

std::unique_ptr<CredentialProvider> process_credentials(std::string profile, AwsContextPtr context,
                                                        ChildLimits limits) {
  return std::make_unique<ProcessProvider>(std::move(profile), std::move(context), limits);
}

}  // namespace wheelyard::auth
