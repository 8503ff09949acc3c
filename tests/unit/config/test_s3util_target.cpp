#include "config_fixture.hpp"

namespace wheelyard::config {
namespace {

class S3utilTarget : public ConfigFixture {
 protected:
  std::string value(const std::string& given = {}) const { return s3util_target(given, environment()).value; }
  void pip_conf(const std::string& text) { write("home/.config/pip/pip.conf", text); }
};

TEST_F(S3utilTarget, TheCommandLineGoesFirst) {
  pip_conf("[ilabs.s3util]\ntarget = s3://configured/x\n");
  EXPECT_EQ(value("s3://given/a/b/"), "s3://given/a/b");
  EXPECT_EQ(value("s3://given"), "s3://given");
  EXPECT_EQ(value("s3://given/"), "s3://given");
}

TEST_F(S3utilTarget, TheSectionGoesAheadOfTheWebsite) {
  pip_conf(
      "[global]\nextra-index-url = http://site.s3-website-us-east-1.amazonaws.com/p\n"
      "[ilabs.s3util]\ntarget=s3://configured/secret-prefix\n");
  EXPECT_EQ(value(), "s3://configured/secret-prefix");
}

TEST_F(S3utilTarget, AWebsiteNamesItsBucket) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://acme.s3-website-us-east-1.amazonaws.com/p/q/", "s3://acme/p/q"},
      {"http://acme.s3-website-us-east-1.amazonaws.com", "s3://acme"},
      {"http://acme.s3-website-us-east-1.amazonaws.com/", "s3://acme"},
      {"http://pypi.acme.com.s3-website.eu-central-1.amazonaws.com/p", "s3://pypi.acme.com/p"},
      {"https://acme.s3-website.eu-central-1.amazonaws.com/p", "s3://acme/p"},
      {"http://acme.s3-website.cn-north-1.amazonaws.com.cn/p", "s3://acme/p"},
      {"https://d1.cloudfront.net/p\n  http://acme.s3-website-eu-west-1.amazonaws.com/p", "s3://acme/p"},
  };
  for (const auto& [url, target] : cases) {
    pip_conf("[global]\nextra-index-url = " + url + "\n");
    EXPECT_EQ(value(), target) << url;
  }
}

TEST_F(S3utilTarget, NothingElseIsAWebsite) {
  for (const auto* url :
       {"https://bz456hgfyth38dj.cloudfront.net/p", "http://s3-website-us-east-1.amazonaws.com/p",
        "http://acme.s3-website-us-east-1.amazonaws.com.evil.example/p",
        "http://acme.s3-websites.us-east-1.amazonaws.com/p", "ftp://acme.s3-website-x.amazonaws.com",
        "http://me:hunter2@[", "http://acme.s3-website-.amazonaws.com/"}) {
    pip_conf("[global]\nextra-index-url = " + std::string(url) + "\n");
    const auto message = message_of([&] { value(); });
    EXPECT_NE(message.find("[ilabs.s3util]"), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST_F(S3utilTarget, WithoutAnyItSaysWhatToWrite) {
  const auto message = message_of([&] { value(); });
  EXPECT_NE(message.find("target = s3://BUCKET/PREFIX"), std::string::npos) << message;
}

TEST_F(S3utilTarget, OtherTargetsAreRefused) {
  for (const auto* target : {"bucket/prefix", "s3:///prefix", "http://bucket", "s3://"}) {
    message_of([&] { value(target); });
  }
}

}  // namespace
}  // namespace wheelyard::config
