#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "support/environment_map.hpp"
#include "support/scratch_folder.hpp"
#include "support/thrown_error.hpp"
#include <gtest/gtest.h>

#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {

using test_support::message_of;

/// A home folder, a system folder and an environment of its own.
class ConfigFixture : public testing::Test {
 protected:
  void SetUp() override {
    set("HOME", root_ / "home");
    set("XDG_CONFIG_DIRS", root_ / "system");
    skip_where_the_machine_says_otherwise();
  }

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
  std::string write(const std::string& name, const std::string& text) { return root_.write(name, text); }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

  auth::Environment environment() const { return test_support::environment_of(variables_); }

  const test_support::ScratchFolder root_;
  std::map<std::string, std::string> variables_;
};

}  // namespace wheelyard::config
