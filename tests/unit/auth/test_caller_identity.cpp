#include "provider_fixture.hpp"

#include "wheelyard/auth/caller_identity.hpp"

namespace wheelyard::auth {
namespace {

using wheelyard::testing::answer;

class CallerIdentityTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    set("AWS_ACCESS_KEY_ID", "KEY");
    set("AWS_SECRET_ACCESS_KEY", "s3cr3t");
    set("AWS_REGION", "eu-west-1");
    answer_with(
        answer(200,
               "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
               "<GetCallerIdentityResult><Arn>arn:aws:sts::1:assumed-role/ci/42</Arn><UserId>AR:42</UserId>"
               "<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"));
  }

  /// What the error says, and its code's name.
  std::string refusal(const AwsOverrides& overrides = {}) const {
    try {
      aws_caller_identity(overrides, environment());
    } catch (const Error& error) {
      return std::string(to_string(error.code())) + ": " + error.what() + " | " + error.hint();
    }
    return "nothing was thrown";
  }
};

TEST_F(CallerIdentityTest, IsWhomAwsTakesTheCredentialsFor) {
  const auto identity = aws_caller_identity({}, environment());
  EXPECT_EQ(identity.arn, "arn:aws:sts::1:assumed-role/ci/42");
  EXPECT_EQ(identity.account, "1");
  EXPECT_EQ(form(),
            (std::map<std::string, std::string>{{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}}));
  const auto request = requests().back();
  EXPECT_NE(request.header("Authorization").find("Credential=KEY/"), std::string::npos);
  EXPECT_NE(request.header("Authorization").find("/eu-west-1/sts/aws4_request"), std::string::npos);
}

TEST_F(CallerIdentityTest, TheStoresEndpointIsNotAskedForIt) {
  const auto identity = aws_caller_identity({.endpoint_url = "http://127.0.0.1:1"}, environment());
  EXPECT_EQ(identity.account, "1");
}

TEST_F(CallerIdentityTest, ARefusalIsSaidWithoutSecrets) {
  answer_with(
      sts_error(403, "InvalidClientTokenId", "The security token included in the request is invalid"));
  const auto said = refusal();
  EXPECT_EQ(said.find("unauthenticated: cannot ask STS by GetCallerIdentity"), 0U) << said;
  EXPECT_NE(said.find("InvalidClientTokenId"), std::string::npos) << said;
  EXPECT_EQ(said.find("s3cr3t"), std::string::npos) << said;
}

TEST_F(CallerIdentityTest, AnAnswerThatNamesNobodyIsNone) {
  for (const auto* body : {"<GetCallerIdentityResponse/>", "<html/>"}) {
    answer_with(answer(200, body));
    EXPECT_EQ(refusal().find("corrupted: "), 0U) << refusal();
  }
}

TEST_F(CallerIdentityTest, WithoutCredentialsNobodyIsAsked) {
  EXPECT_EQ(refusal({.anonymous = true}).find("unauthenticated: "), 0U);
  EXPECT_TRUE(requests().empty());
}

}  // namespace
}  // namespace wheelyard::auth
