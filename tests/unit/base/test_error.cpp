#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

TEST(Error, IsASentenceWithTheServersAnswer) {
  const Error error(ErrorCode::permission_denied, {.doing = "read",
                                                   .target = "s3://b/k",
                                                   .reason = "access is denied",
                                                   .hint = "check the policy",
                                                   .http_status = 403,
                                                   .server_code = "AccessDenied",
                                                   .request_id = "4Xc"});
  EXPECT_STREQ(error.what(), "cannot read s3://b/k: access is denied (HTTP 403 AccessDenied, request 4Xc)");
  EXPECT_EQ(error.hint(), "check the policy");
  EXPECT_EQ(error.code(), ErrorCode::permission_denied);
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_STREQ(Error(ErrorCode::corrupted, "read", "x", "bad").what(), "cannot read x: bad");
  const Error error(ErrorCode::unavailable, {.doing = "read",
                                             .target = "x",
                                             .reason = {},
                                             .hint = {},
                                             .http_status = 0,
                                             .server_code = {},
                                             .request_id = "7"});
  EXPECT_STREQ(error.what(), "cannot read x (request 7)");
}

TEST(Error, NothingFromOutsideSteersATerminal) {
  const Error error(ErrorCode::unavailable, "read", "x\x1B]0;t\x07", "line\nbreak", "do\rthis");
  EXPECT_STREQ(error.what(), "cannot read x\\x1B]0;t\\x07: line\\x0Abreak");
  EXPECT_EQ(error.hint(), "do\\x0Dthis");
  const Error again = error.with_hint("wait");
  EXPECT_STREQ(again.what(), error.what());
  EXPECT_EQ(again.hint(), "wait");
}

TEST(Error, CodesHaveTheirJsonNames) {
  EXPECT_EQ(to_string(ErrorCode::precondition_failed), "precondition_failed");
  EXPECT_EQ(to_string(ErrorCode::cancelled), "cancelled");
}

}  // namespace
}  // namespace wheelyard
