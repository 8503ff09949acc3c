#include "wheelyard/cli/output.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/error_output.hpp"

namespace wheelyard::cli {
namespace {

using testing::HasSubstr;

/// Standard output stands for another descriptor while it lives.
class StandardOutputAs {
 public:
  explicit StandardOutputAs(int descriptor) : saved_(dup(STDOUT_FILENO)) { dup2(descriptor, STDOUT_FILENO); }
  ~StandardOutputAs() {
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

template <typename Work>
std::pair<std::string, std::string> captured(const Work& work) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  work();
  std::string out = testing::internal::GetCapturedStdout();
  return {out, testing::internal::GetCapturedStderr()};
}

TEST(Output, ResultsAndNotesGoTheirWays) {
  const auto [out, err] = captured([] {
    Output output({});
    output.line("result");
    output.note("note");
    output.diagnostic("diagnostic");
    output.document("{}");
    output.flush();
  });
  EXPECT_EQ(out, "result\n{}\n");
  EXPECT_EQ(err, "note\ndiagnostic\n");
}

TEST(Output, QuietDropsNotesOnly) {
  const auto [out, err] = captured([] {
    Output output({.quiet = true});
    output.line("result");
    output.note("note");
    output.diagnostic("diagnostic");
    output.flush();
  });
  EXPECT_EQ(out, "result\n");
  EXPECT_EQ(err, "diagnostic\n");
}

TEST(Output, JsonHoldsTheDocumentAlone) {
  const auto [out, err] = captured([] {
    Output output({.json = true});
    output.line("text");
    output.document("{\"a\": 1}");
    output.flush();
  });
  EXPECT_EQ(out, "{\"a\": 1}\n");
}

TEST(Output, ColourOnlyWhereItIsWanted) {
  EXPECT_EQ(Output({}).paint(Style::red, "x"), "x");
  EXPECT_EQ(Output({.colour_out = true}).paint(Style::red, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Output({.colour_out = true}).paint_err(Style::red, "x"), "x");
  EXPECT_EQ(Output({.colour_out = true}).paint(Style::plain, "x"), "x");
}

TEST(Output, AFullDiskIsAnError) {
  Output output({});
  output.line("result");
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  const StandardOutputAs redirected(full);
  close(full);
  try {
    output.flush();
    FAIL() << "a write to a full disk succeeded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("No space left"));
  }
}

TEST(Output, AReaderThatIsGoneIsNoError) {
  signal(SIGPIPE, SIG_IGN);
  Output output({});
  output.line("result");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const StandardOutputAs redirected(ends[1]);
  close(ends[1]);
  EXPECT_THROW(output.flush(), OutputClosed);
}

TEST(Output, AProgressLineIsWipedBeforeText) {
  const auto [out, err] = captured([] {
    Output output({.terminal_err = true});
    output.progress("1/2");
    output.progress("2/2");
    output.note("done");
    output.note("more");
  });
  EXPECT_EQ(err, "1/2\r\x1b[K2/2\r\x1b[Kdone\nmore\n");
}

TEST(Output, NoProgressLineOutsideATerminal) {
  const auto [out, err] = captured([] {
    Output output({});
    output.progress("1/2");
  });
  EXPECT_EQ(err, "");
}

Error sample_error() {
  return Error(ErrorCode::permission_denied, {.doing = "read",
                                              .target = "s3://b/p/index.json",
                                              .reason = "the credentials are not allowed to",
                                              .hint = "grant s3:GetObject",
                                              .http_status = 403,
                                              .server_code = "AccessDenied",
                                              .request_id = "4Xc"});
}

TEST(Errors, AsTextHaveTheHintOnItsOwnLine) {
  const auto [out, err] = captured([] {
    Output output({});
    print_error(output, sample_error());
    output.flush();
  });
  EXPECT_EQ(out, "");
  EXPECT_EQ(err, "error: " + std::string(sample_error().what()) + "\nhint:  grant s3:GetObject\n");
}

TEST(Errors, AsJsonHaveEveryMember) {
  const auto [out, err] = captured([] {
    Output output({.json = true});
    print_error(output, sample_error());
    output.flush();
  });
  EXPECT_EQ(err, "");
  const auto error = nlohmann::json::parse(out).at("error");
  EXPECT_EQ(error.at("code"), "permission_denied");
  EXPECT_EQ(error.at("message"), sample_error().what());
  EXPECT_EQ(error.at("hint"), "grant s3:GetObject");
  EXPECT_EQ(error.at("target"), "s3://b/p/index.json");
  EXPECT_EQ(error.at("http_status"), 403);
  EXPECT_EQ(error.at("server_code"), "AccessDenied");
  EXPECT_EQ(error.at("request_id"), "4Xc");
}

TEST(Errors, SeveralAreAllThere) {
  const auto [out, err] = captured([] {
    Output output({.json = true});
    print_errors(output, {sample_error(), Error(ErrorCode::corrupted, "read", "x.whl", "it is cut off")});
    output.flush();
  });
  const auto document = nlohmann::json::parse(out);
  EXPECT_EQ(document.at("error").at("code"), "permission_denied");
  ASSERT_EQ(document.at("errors").size(), 2u);
  EXPECT_EQ(document.at("errors")[1].at("code"), "corrupted");
  EXPECT_TRUE(document.at("errors")[1].at("http_status").is_null());
}

TEST(Errors, OfUsageNameTheHelp) {
  const auto [out, err] = captured([] {
    Output output({});
    print_usage_error(output, UsageError("unknown option '--x'", "did you mean --y?"), "list");
  });
  EXPECT_EQ(err, "error: unknown option '--x'\nhint:  did you mean --y? see wheelyard list --help\n");
}

TEST(Errors, BytesThatAreNotUtf8DoNotBreakTheDocument) {
  const auto [out, err] = captured([] {
    Output output({.json = true});
    print_error(output, Error(ErrorCode::not_found, "read", "\xff\xfe", "it is not there"));
    output.flush();
  });
  EXPECT_EQ(nlohmann::json::parse(out).at("error").at("code"), "not_found");
}

}  // namespace
}  // namespace wheelyard::cli
