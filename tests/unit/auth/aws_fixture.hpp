#pragma once

#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "support/environment_map.hpp"
#include "support/scratch_folder.hpp"
#include <gtest/gtest.h>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {

/// What an error says.
struct Told {
  ErrorCode code = ErrorCode::cancelled;
  std::string text;

  bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
  friend std::ostream& operator<<(std::ostream& out, const Told& told) {
    return out << to_string(told.code) << ": " << told.text;
  }
};

/// A home folder of its own and an environment of its own.
class AwsFixture : public testing::Test {
 protected:
  void SetUp() override {
    variables_["HOME"] = home_.path();
    // Whatever machine this runs on, its own metadata service is none of a test's business.
    variables_["AWS_EC2_METADATA_DISABLED"] = "true";
    std::filesystem::create_directory(home_ / ".aws");
  }

  void config(const std::string& text) { write(".aws/config", text); }
  void credentials(const std::string& text) { write(".aws/credentials", text); }
  void write(const std::string& name, const std::string& text) { home_.write(name, text); }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

  Environment environment() const { return test_support::environment_of(variables_); }
  AwsSettings settings(const AwsOverrides& overrides = {}) const {
    return resolve_aws_settings(overrides, environment());
  }
  Credentials found(const AwsOverrides& overrides = {}) const {
    return make_credential_chain(overrides, environment())->get();
  }

  /// The code, message and hint of the error that looking for credentials ends with.
  Told failure(const AwsOverrides& overrides = {}) const {
    try {
      found(overrides);
    } catch (const Error& error) {
      return {error.code(), std::string(error.what()) + " | " + error.hint()};
    }
    ADD_FAILURE() << "credentials were found";
    return {};
  }

  const test_support::ScratchFolder home_;
  std::map<std::string, std::string> variables_;
};

}  // namespace wheelyard::auth
