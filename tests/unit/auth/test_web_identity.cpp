#include "provider_fixture.hpp"

namespace wheelyard::auth {
namespace {

class WebIdentityTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    write("token", "eyJ.web.token\n");
    answer_with(sts_answer("AssumeRoleWithWebIdentity", "WEB"));
  }
  std::string token() const { return (home_ / "token").string(); }
};

TEST_F(WebIdentityTest, TheEnvironmentsTokenGetsARoleWithoutASignature) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  set("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod");
  set("AWS_ROLE_SESSION_NAME", "pod");
  EXPECT_EQ(found().access_key_id, "WEB");
  EXPECT_EQ(form(), (std::map<std::string, std::string>{{"Action", "AssumeRoleWithWebIdentity"},
                                                        {"Version", "2011-06-15"},
                                                        {"RoleArn", "arn:aws:iam::1:role/pod"},
                                                        {"RoleSessionName", "pod"},
                                                        {"WebIdentityToken", "eyJ.web.token"}}));
  EXPECT_EQ(requests().back().header("Authorization"), "");
}

TEST_F(WebIdentityTest, VariablesGoAheadOfTheProfileOneByOne) {
  config(
      "[default]\nweb_identity_token_file = /nowhere\nrole_arn = profile-role\nrole_session_name = mine\n");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  found();
  EXPECT_EQ(form()["RoleArn"], "profile-role");
  EXPECT_EQ(form()["RoleSessionName"], "mine");
  set("AWS_ROLE_ARN", "role-of-the-environment");
  found();
  EXPECT_EQ(form()["RoleArn"], "role-of-the-environment");
}

TEST_F(WebIdentityTest, AProfileThatWasNamedLeavesTheEnvironmentOut) {
  config("[profile ci]\nweb_identity_token_file = " + token() + "\nrole_arn = profile-role\n");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere");
  set("AWS_ROLE_ARN", "other");
  EXPECT_EQ(found({.profile = "ci"}).access_key_id, "WEB");
  EXPECT_EQ(form()["RoleArn"], "profile-role");
  EXPECT_TRUE(form()["RoleSessionName"].starts_with("wheelyard-session-"));
}

TEST_F(WebIdentityTest, TheTokenIsReadAnewForEachRenewal) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  set("AWS_ROLE_ARN", "r");
  const auto chain = make_credential_chain({}, environment());
  chain->get();
  write("token", "second");
  chain->invalidate();
  chain->get();
  EXPECT_EQ(form()["WebIdentityToken"], "second");
}

TEST_F(WebIdentityTest, HalfASettingAndABadTokenAreErrors) {
  credentials("[default]\naws_access_key_id = static\naws_secret_access_key = s\n");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  EXPECT_TRUE(failure().has("no role to use it for"));
  EXPECT_EQ(failure().code, ErrorCode::invalid_argument);
  set("AWS_ROLE_ARN", "r");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
  EXPECT_TRUE(failure().has("/nowhere/token")) << failure();
  EXPECT_EQ(failure().code, ErrorCode::unauthenticated);
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  write("token", "\n");
  EXPECT_TRUE(failure().has("is empty")) << failure();
  write("token", std::string(100'000, 'x'));
  EXPECT_EQ(failure().code, ErrorCode::corrupted);
  EXPECT_TRUE(requests().empty());
}

TEST_F(WebIdentityTest, ARefusalDoesNotShowTheToken) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token());
  set("AWS_ROLE_ARN", "r");
  answer_with(sts_error(400, "ExpiredTokenException", "Token expired"));
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_TRUE(told.has("Token expired")) << told;
  EXPECT_FALSE(told.has("eyJ")) << told;
}

}  // namespace
}  // namespace wheelyard::auth
