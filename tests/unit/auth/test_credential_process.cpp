#include <array>
#include <fstream>

#include "aws_fixture.hpp"
#include <unistd.h>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/providers/credential_process.hpp"

namespace wheelyard::auth {
namespace {

class CredentialProcessTest : public AwsFixture {
 protected:
  /// A shell script as the profile's credential_process, called with these words behind it.
  void process(const std::string& script, const std::string& words = "") {
    write("tool with space", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(home_ / "tool with space", std::filesystem::perms::owner_all);
    config("[default]\ncredential_process = '" + (home_ / "tool with space").string() + "' " + words + "\n");
  }
  Told failure_within(ChildLimits limits) const {
    const auto context = std::make_shared<AwsContext>(AwsOverrides(), environment());
    try {
      process_credentials("default", context, limits)->find();
    } catch (const Error& error) {
      return {error.code(), std::string(error.what()) + " | " + error.hint()};
    }
    return {};
  }
};

TEST_F(CredentialProcessTest, ItsOutputIsUsedAndItsWordsAreSplitWithoutAShell) {
  process(
      "printf '%s\\n' \"$@\" > \"$(dirname \"$0\")/words\"\n"
      "echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'",
      R"(one "two words" '$HOME;`id`' a\ b)");
  const auto got = found();
  EXPECT_EQ(got.access_key_id, "PROC");
  EXPECT_EQ(got.session_token, "");
  EXPECT_FALSE(got.expires_at.has_value());
  std::ifstream words(home_ / "words");
  const std::string text((std::istreambuf_iterator<char>(words)), {});
  EXPECT_EQ(text, "one\ntwo words\n$HOME;`id`\na b\n");
}

TEST_F(CredentialProcessTest, WithAnExpiryItRunsAgainAheadOfIt) {
  process(
      "echo x >> \"$(dirname \"$0\")/count\"\n"
      "echo '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
      "\"Expiration\":\"2120-01-01T00:00:00+0000\"}'");
  const auto chain = make_credential_chain({}, environment());
  EXPECT_EQ(chain->get().session_token, "t");
  EXPECT_TRUE(chain->get().expires_at.has_value());
  EXPECT_EQ(std::filesystem::file_size(home_ / "count"), 2u);
  chain->invalidate();
  chain->get();
  EXPECT_EQ(std::filesystem::file_size(home_ / "count"), 4u);
}

TEST_F(CredentialProcessTest, ItDoesNotReadWhatIsMeantForUs) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "data\n", 5), 5);
  ::close(ends[1]);
  const int before = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  process("cat\necho '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\"}'");
  EXPECT_EQ(found().access_key_id, "P");
  std::array<char, 16> left{};
  EXPECT_EQ(::read(STDIN_FILENO, left.data(), left.size()), 5)
      << "an upload from a pipe would lack its beginning";
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  ::close(ends[0]);
}

TEST_F(CredentialProcessTest, AFailureShowsItsStandardErrorAndNotWhatItPrinted) {
  process("echo '{\"SecretAccessKey\":\"wJalrSECRET\"}'\nprintf 'no ticket\\033[31m' >&2\nexit 3",
          "--token hunter2");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_TRUE(told.has("ended with status 3: no ticket\\x1B[31m")) << told;
  EXPECT_FALSE(told.has("wJalrSECRET")) << told;
  EXPECT_FALSE(told.has("hunter2")) << told;
  process("kill -9 $$");
  EXPECT_TRUE(failure().has("signal 9")) << failure();
}

TEST_F(CredentialProcessTest, WhatItPrintsMustBeCredentials) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not a JSON object"},
      {"wJalrSECRET", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {R"({"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET"})", "Version 1"},
      {R"({"Version":2,"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET"})", "Version 1"},
      {R"({"Version":"1","AccessKeyId":"k","SecretAccessKey":"wJalrSECRET"})", "Version 1"},
      {R"({"Version":1,"SecretAccessKey":"wJalrSECRET"})", "no AccessKeyId"},
      {R"({"Version":1,"AccessKeyId":"k"})", "no SecretAccessKey"},
      {R"({"Version":1,"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET","Expiration":"soon"})", "'soon'"},
      {R"({"Version":1,"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET","Expiration":5})", "not a text"},
      {R"({"Version":1,"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET","Expiration":"2020-01-01T00:00:00Z"})",
       "expired at 2020"},
  };
  for (const auto& [output, message] : cases) {
    process("cat <<'END'\n" + output + "\nEND");
    const auto told = failure();
    EXPECT_EQ(told.code, ErrorCode::unauthenticated) << told;
    EXPECT_TRUE(told.has(message)) << told;
    EXPECT_FALSE(told.has("wJalrSECRET")) << told;
  }
}

TEST_F(CredentialProcessTest, OneThatCannotBeStartedIsAnError) {
  config("[default]\ncredential_process = /nowhere/tool --secret hunter2\n");
  EXPECT_TRUE(failure().has("/nowhere/tool: there is no such command")) << failure();
  EXPECT_FALSE(failure().has("hunter2"));
  config("[default]\ncredential_process = '/nowhere\n");
  EXPECT_EQ(failure().code, ErrorCode::invalid_argument);
  config("[default]\ncredential_process =\n");
  EXPECT_TRUE(failure().has("it is empty")) << failure();
}

TEST_F(CredentialProcessTest, TimeAndOutputAreBounded) {
  process("exec sleep 300");
  const auto begun = std::chrono::steady_clock::now();
  auto told = failure_within({.time = std::chrono::milliseconds(200)});
  EXPECT_EQ(told.code, ErrorCode::unavailable);
  EXPECT_TRUE(told.has("had not ended after 0.200 s")) << told;
  process("exec >&- 2>&-\nexec sleep 300");
  told = failure_within({.time = std::chrono::milliseconds(200)});
  EXPECT_EQ(told.code, ErrorCode::unavailable) << "closed pipes are no end";
  process("exec cat /dev/zero");
  EXPECT_EQ(failure_within({}).code, ErrorCode::corrupted);
  process("head -c 1000000 /dev/zero >&2\necho the end >&2\nexit 1");
  told = failure_within({});
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_LT(told.text.size(), 2000u);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(100));
}

}  // namespace
}  // namespace wheelyard::auth
