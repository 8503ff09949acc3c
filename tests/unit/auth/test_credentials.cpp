#include <atomic>
#include <thread>
#include <vector>

#include "aws_fixture.hpp"

#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

using namespace std::chrono_literals;

class CredentialsTest : public AwsFixture {
 protected:
  /// What the error of looking says, hint included.
  std::string failure(const AwsOverrides& overrides = {},
                      ErrorCode expected = ErrorCode::unauthenticated) const {
    try {
      found(overrides);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), expected) << error.what();
      return std::string(error.what()) + " | " + error.hint();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
};

TEST_F(CredentialsTest, WithoutAnyEveryPlaceIsNamed) {
  const auto message = failure();
  for (const auto* place : {"command line", "environment", "shared credentials file", "config file"}) {
    EXPECT_NE(message.find(place), std::string::npos) << message;
  }
  EXPECT_NE(message.find("AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(CredentialsTest, TheOrderIsBoto3s) {
  config("[default]\naws_access_key_id = config\naws_secret_access_key = s\n");
  EXPECT_EQ(found().access_key_id, "config");
  credentials("[default]\naws_access_key_id = shared\naws_secret_access_key = s\naws_session_token = t\n");
  EXPECT_EQ(found().access_key_id, "shared");
  EXPECT_EQ(found().session_token, "t");
  EXPECT_EQ(found().origin, "profile 'default' in " + (home_ / ".aws/credentials").string());
  set("AWS_ACCESS_KEY_ID", "environment");
  set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(found().access_key_id, "environment");
  EXPECT_EQ(found({.access_key_id = "given", .secret_access_key = "s"}).access_key_id, "given");
}

TEST_F(CredentialsTest, AProfileOfTheCommandLineLeavesTheEnvironmentOut) {
  credentials("[ci]\naws_access_key_id = ci\naws_secret_access_key = s\n");
  set("AWS_ACCESS_KEY_ID", "environment");
  set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(found({.profile = "ci"}).access_key_id, "ci");
  set("AWS_PROFILE", "ci");
  EXPECT_EQ(found().access_key_id, "environment");
}

TEST_F(CredentialsTest, TheOlderTokenVariableGoesAhead) {
  set("AWS_ACCESS_KEY_ID", "k");
  set("AWS_SECRET_ACCESS_KEY", "s");
  set("AWS_SESSION_TOKEN", "new");
  EXPECT_EQ(found().session_token, "new");
  set("AWS_SECURITY_TOKEN", "old");
  EXPECT_EQ(found().session_token, "old");
}

TEST_F(CredentialsTest, HalfAConfigurationIsAnErrorThatNamesTheOtherHalf) {
  credentials("[default]\naws_access_key_id = shared\naws_secret_access_key = s\n");
  set("AWS_ACCESS_KEY_ID", "environment");
  EXPECT_NE(failure().find("AWS_SECRET_ACCESS_KEY is missing"), std::string::npos);
  EXPECT_NE(failure({.access_key_id = "k"}).find("the secret access key is missing"), std::string::npos);
  EXPECT_NE(failure({.secret_access_key = "s"}).find("the access key id is missing"), std::string::npos);
  variables_.erase("AWS_ACCESS_KEY_ID");
  credentials("[default]\naws_access_key_id = shared\n");
  EXPECT_NE(failure().find("aws_secret_access_key is missing"), std::string::npos);
}

TEST_F(CredentialsTest, ASourceThatIsNotBuiltInIsNeverPassedOver) {
  const std::vector<std::string> sources = {"role_arn = arn:aws:iam::1:role/x\nsource_profile = base",
                                            "sso_account_id = 1", "web_identity_token_file = /t",
                                            "credential_process = /bin/tool"};
  for (const auto& source : sources) {
    config("[default]\naws_access_key_id = static\naws_secret_access_key = s\n" + source + "\n");
    EXPECT_NE(failure({}, ErrorCode::unsupported).find("not built in"), std::string::npos) << source;
  }
  config("");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
  EXPECT_NE(failure({}, ErrorCode::unsupported).find("AWS_WEB_IDENTITY_TOKEN_FILE"), std::string::npos);
}

TEST_F(CredentialsTest, StaticKeysOfTheSharedFileGoAheadOfAProcess) {
  config("[default]\ncredential_process = /bin/tool\n");
  credentials("[default]\naws_access_key_id = shared\naws_secret_access_key = s\n");
  EXPECT_EQ(found().access_key_id, "shared");
}

TEST_F(CredentialsTest, ExpiredOnesAreNotUsed) {
  set("AWS_ACCESS_KEY_ID", "k");
  set("AWS_SECRET_ACCESS_KEY", "s");
  set("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
  EXPECT_NE(failure().find("expired at 2020-01-01"), std::string::npos);
  set("AWS_CREDENTIAL_EXPIRATION", "2120-01-01T00:00:00+00:00");
  EXPECT_TRUE(found().expires_at.has_value());
  set("AWS_CREDENTIAL_EXPIRATION", "soon");
  failure({}, ErrorCode::invalid_argument);
}

TEST_F(CredentialsTest, ASecretIsInNoMessage) {
  credentials("[default]\naws_secret_access_key = wJalrSECRET\naws_access_key_id\n");
  EXPECT_EQ(failure({}, ErrorCode::invalid_argument).find("wJalrSECRET"), std::string::npos);
}

TEST_F(CredentialsTest, AFileThatWasRenewedIsReadAgainAfterInvalidate) {
  credentials("[default]\naws_access_key_id = old\naws_secret_access_key = s\n");
  const auto chain = make_credential_chain({}, environment());
  EXPECT_EQ(chain->get().access_key_id, "old");
  credentials("[default]\naws_access_key_id = new\naws_secret_access_key = s\n");
  EXPECT_EQ(chain->get().access_key_id, "old");
  chain->invalidate();
  EXPECT_EQ(chain->get().access_key_id, "new");
}

/// Hands out keys "1", "2", … that are good for an hour, or fails.
struct Counter {
  TimePoint now = *parse_rfc3339("2026-11-21T09:00:00Z");
  std::atomic<int> calls = 0;
  bool broken = false;
};

class CountingProvider final : public CredentialProvider {
 public:
  explicit CountingProvider(Counter& counter) : counter_(counter) {}
  std::string name() const override { return "counter"; }
  std::optional<Credentials> find() override {
    const int call = ++counter_.calls;
    if (counter_.broken) {
      throw Error(ErrorCode::unavailable, "ask", "the counter", "it is broken");
    }
    return Credentials{std::to_string(call), "s", "", counter_.now + 1h, "counter"};
  }

 private:
  Counter& counter_;
};

CredentialChain counting_chain(Counter& counter) {
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(std::make_unique<CountingProvider>(counter));
  return CredentialChain(std::move(providers), [&counter] { return counter.now; });
}

TEST(CredentialChain, RenewsFiveMinutesAheadOfTheExpiry) {
  Counter counter;
  auto chain = counting_chain(counter);
  EXPECT_EQ(chain.get().access_key_id, "1");
  counter.now += 54min;
  EXPECT_EQ(chain.get().access_key_id, "1");
  counter.now += 2min;
  EXPECT_EQ(chain.get().access_key_id, "2");
}

TEST(CredentialChain, ServesOnUntilTheExpiryWhileRenewingFails) {
  Counter counter;
  auto chain = counting_chain(counter);
  chain.get();
  counter.broken = true;
  counter.now += 56min;
  EXPECT_EQ(chain.get().access_key_id, "1");
  EXPECT_EQ(chain.get().access_key_id, "1");
  EXPECT_EQ(counter.calls, 2) << "a failed try is not repeated at once";
  counter.now += 5min;
  EXPECT_THROW(chain.get(), Error);
  counter.broken = false;
  EXPECT_EQ(chain.get().access_key_id, "4");
}

TEST(CredentialChain, ManyThreadsAskOnce) {
  Counter counter;
  auto chain = counting_chain(counter);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(chain.get().access_key_id, "1"); });
  }
  threads.clear();
  EXPECT_EQ(counter.calls, 1);
}

}  // namespace
}  // namespace wheelyard::auth
