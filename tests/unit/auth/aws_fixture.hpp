#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "support/environment_map.hpp"
#include "support/scratch_folder.hpp"
#include <gtest/gtest.h>

#include "wheelyard/auth/aws_config.hpp"

namespace wheelyard::auth {

/// A home folder of its own and an environment of its own.
class AwsFixture : public testing::Test {
 protected:
  void SetUp() override {
    variables_["HOME"] = home_.path();
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

  const test_support::ScratchFolder home_;
  std::map<std::string, std::string> variables_;
};

}  // namespace wheelyard::auth
