#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "wheelyard/auth/aws_config.hpp"

namespace wheelyard::auth {

/// A home folder of its own and an environment of its own.
class AwsFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "wheelyard-aws-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
    variables_["HOME"] = home_;
    std::filesystem::create_directory(home_ / ".aws");
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  void config(const std::string& text) { write(".aws/config", text); }
  void credentials(const std::string& text) { write(".aws/credentials", text); }
  void write(const std::string& name, const std::string& text) { std::ofstream(home_ / name) << text; }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

  Environment environment() const {
    return [variables = variables_](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
  }
  AwsSettings settings(const AwsOverrides& overrides = {}) const {
    return resolve_aws_settings(overrides, environment());
  }
  Credentials found(const AwsOverrides& overrides = {}) const {
    return make_credential_chain(overrides, environment())->get();
  }

  std::filesystem::path home_;
  std::map<std::string, std::string> variables_;
};

}  // namespace wheelyard::auth
