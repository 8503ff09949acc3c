#include "wheelyard/cli/units.hpp"

#include <gtest/gtest.h>

namespace wheelyard::cli {
namespace {

TEST(Bytes, InEveryUnit) {
  EXPECT_EQ(parse_bytes("0"), 0u);
  EXPECT_EQ(parse_bytes("8388608"), 8388608u);
  EXPECT_EQ(parse_bytes("512B"), 512u);
  for (const auto* text : {"8M", "8m", "8MB", "8MiB", "8mib", "8M/s", "8MiB/s"})
    EXPECT_EQ(parse_bytes(text), 8u << 20) << text;
  EXPECT_EQ(parse_bytes("1.5k"), 1536u);
  EXPECT_EQ(parse_bytes("2G"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_bytes("5T"), std::uint64_t{5} << 40);
}

TEST(Bytes, OfNothingElse) {
  for (const auto* text : {"", "-1", "+1", "M", "8 M", "8Mb/h", "8X", "8MiBs", "0x10", "nan", "inf", "1e3",
                           "9999999999G", "99999999999999999999999"})
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
}

}  // namespace
}  // namespace wheelyard::cli
