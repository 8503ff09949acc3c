#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {

/// A home folder, a system folder and an environment of its own.
class ConfigFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "wheelyard-config-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    set("HOME", root_ / "home");
    set("XDG_CONFIG_DIRS", root_ / "system");
    skip_where_the_machine_says_otherwise();
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  /// /etc/pip.conf and /etc/uv/uv.toml are read at a fixed place: what they set cannot be tested here.
  void skip_where_the_machine_says_otherwise() {
    for (const auto* key : {"index-url", "extra-index-url", "timeout", "retries"}) {
      for (const auto* section : {"global", "install", "ilabs.s3util"}) {
        const auto found = pip_setting(section, key, environment());
        if (found) GTEST_SKIP() << "this machine sets " << found->origin;
      }
    }
    if (std::filesystem::exists("/etc/uv/uv.toml")) GTEST_SKIP() << "this machine has an /etc/uv/uv.toml";
  }

  /// Returns the file's path.
  std::string write(const std::string& name, const std::string& text) {
    const auto path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

  auth::Environment environment() const {
    return [variables = variables_](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
  }

  /// What the error of an action says, hint included.
  template <typename Action>
  static std::string message_of(Action&& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
      return std::string(error.what()) + " | " + error.hint();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  std::filesystem::path root_;
  std::map<std::string, std::string> variables_;
};

}  // namespace wheelyard::config
