#include "aws_fixture.hpp"

#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

using CredentialsTest = AwsFixture;

TEST_F(CredentialsTest, WithoutAnyEveryPlaceIsNamed) {
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_TRUE(
      told.has("command line, environment, assumed role, web identity, single sign-on, shared "
               "credentials file, credential process, config file, container, instance metadata "
               "(turned off by AWS_EC2_METADATA_DISABLED)"))
      << told;
  EXPECT_TRUE(told.has("AWS_ACCESS_KEY_ID")) << told;
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
  EXPECT_TRUE(failure().has("AWS_SECRET_ACCESS_KEY is missing"));
  EXPECT_TRUE(failure({.access_key_id = "k"}).has("the secret access key is missing"));
  EXPECT_TRUE(failure({.secret_access_key = "s"}).has("the access key id is missing"));
  EXPECT_EQ(failure().code, ErrorCode::unauthenticated);
  variables_.erase("AWS_ACCESS_KEY_ID");
  credentials("[default]\naws_access_key_id = shared\n");
  EXPECT_TRUE(failure().has("aws_secret_access_key is missing"));
}

TEST_F(CredentialsTest, ALoginSessionIsRefusedAndNeverPassedOver) {
  config("[default]\naws_access_key_id = static\naws_secret_access_key = s\nlogin_session = arn\n");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unsupported);
  EXPECT_TRUE(told.has("not built in")) << told;
  EXPECT_TRUE(told.has("export-credentials --profile default")) << told;
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
  EXPECT_TRUE(failure().has("expired at 2020-01-01"));
  set("AWS_CREDENTIAL_EXPIRATION", "2120-01-01T00:00:00+00:00");
  EXPECT_TRUE(found().expires_at.has_value());
  set("AWS_CREDENTIAL_EXPIRATION", "soon");
  EXPECT_EQ(failure().code, ErrorCode::invalid_argument);
}

TEST_F(CredentialsTest, ASecretIsInNoMessage) {
  credentials("[default]\naws_secret_access_key = wJalrSECRET\naws_access_key_id\n");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::invalid_argument);
  EXPECT_FALSE(told.has("wJalrSECRET")) << told;
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

}  // namespace
}  // namespace wheelyard::auth
