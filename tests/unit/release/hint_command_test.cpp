#include "wheelyard/release/hint_command.hpp"

#include <gtest/gtest.h>

namespace wheelyard::release {
namespace {

TEST(HintCommand, CanBePastedIntoAShell) {
  EXPECT_EQ(hint_command("status", "my.tar.gz"), "'wheelyard release status my.tar.gz'");
  EXPECT_EQ(hint_command("verify", "my app", "--deep"), "'wheelyard release verify 'my app' --deep'");
  EXPECT_EQ(hint_command("status", "a\033[2J"), "'wheelyard release status 'a\\x1B[2J''");
}

}  // namespace
}  // namespace wheelyard::release
