#pragma once

#include <string>

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::package {

/// Looks into distributions that are made for the purpose.
class InspectFixture : public ::testing::Test {
 protected:
  /// The message with which the bytes are refused.
  std::string refusal(const std::string& filename, const std::string& bytes,
                      const InspectLimits& limits = {}) {
    try {
      inspect_distribution(folder_.write(filename, bytes), limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted) << error.what();
      EXPECT_THAT(error.what(), testing::HasSubstr(filename));
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return error.what();
    }
    return "accepted";
  }

  wheelyard::test_support::ScratchFolder folder_;
};

}  // namespace wheelyard::package
