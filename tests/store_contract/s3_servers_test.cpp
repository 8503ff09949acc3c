// Real servers only: what a person reads when something is wrong with the set-up, and URLs that are signed.
#include "backends.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::store::contract {
namespace {

using testing::HasSubstr;

class S3Servers : public Contract {
 protected:
  static std::shared_ptr<auth::CredentialChain> credentials(std::string id, std::string secret) {
    return auth::make_credential_chain(
        {.access_key_id = std::move(id), .secret_access_key = std::move(secret)},
        [](std::string_view) { return std::nullopt; });
  }
};

/// The error of every operation; they must agree.
Error error_of_all(ObjectStore& store) {
  std::vector<Error> errors;
  auto collect = [&](auto action) {
    try {
      action();
      ADD_FAILURE() << "no error was thrown";
    } catch (const Error& error) {
      errors.push_back(error);
    }
  };
  collect([&] { store.get("a"); });
  collect([&] { store.head("a"); });
  collect([&] { list_all(store, ""); });
  collect([&] { store.put("a", bytes_source("x")); });
  collect([&] { store.put("a", bytes_source("x"), {.mode = PutMode::create()}); });
  collect([&] { store.put("a", bytes_source("x"), {.mode = PutMode::update("e")}); });
  collect([&] { store.remove("a"); });
  collect([&] { store.remove_many(std::vector<std::string>{"a", "b"}); });
  collect([&] { store.copy("a", "b"); });
  collect([&] { find_bytes(store, "a", 1); });
  collect([&] { find_info(store, "a"); });
  for (const Error& error : errors) {
    EXPECT_EQ(error.code(), errors.front().code()) << error.what();
    EXPECT_EQ(error.details().server_code, errors.front().details().server_code) << error.what();
    EXPECT_FALSE(error.hint().empty()) << error.what();
  }
  return errors.front();
}

TEST_P(S3Servers, AMissingBucket) {
  S3Options options = GetParam().s3();
  options.bucket = "there-is-no-such-bucket";
  auto store = make_s3_store(std::move(options));
  Error error = error_of_all(*store);
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.what(), HasSubstr("there is no bucket 'there-is-no-such-bucket'"));
}

TEST_P(S3Servers, AnUnknownKey) {
  S3Options options = GetParam().s3();
  options.credentials = credentials("AKIAUNKNOWNUNKNOWN", "some-secret-of-no-use");
  Error error = error_of_all(*make_s3_store(std::move(options)));
  EXPECT_EQ(error.code(), ErrorCode::unauthenticated);
  EXPECT_THAT(error.what(), HasSubstr("does not know this access key"));
}

TEST_P(S3Servers, AWrongSecret) {
  S3Options options = GetParam().s3();
  options.credentials = credentials(options.credentials->get().access_key_id, "not-the-right-secret");
  Error error = error_of_all(*make_s3_store(std::move(options)));
  EXPECT_EQ(error.code(), ErrorCode::unauthenticated);
  EXPECT_THAT(error.what(), HasSubstr("the secret key is wrong"));
  EXPECT_THAT(error.what(), testing::Not(HasSubstr("not-the-right-secret")));
}

TEST_P(S3Servers, AClockThatIsWrong) {
  S3Options options = GetParam().s3();
  options.clock = [] { return now() - std::chrono::hours(5); };
  Error error = error_of_all(*make_s3_store(std::move(options)));
  EXPECT_EQ(error.code(), ErrorCode::unauthenticated);
  EXPECT_THAT(error.what(), HasSubstr("behind the server's"));
}

TEST_P(S3Servers, AWrongRegionIsPutRight) {
  S3Options options = GetParam().s3();
  options.settings.region = "ap-south-1";
  auto store = make_s3_store(std::move(options));
  store->put(key("r"), bytes_source("x"));
  EXPECT_EQ(read("r"), "x");
}

TEST_P(S3Servers, ASignedUrlNeedsNoCredentials) {
  put("signed b\xc3\xa4+.whl", "content");
  std::string name = key("signed b\xc3\xa4+.whl");
  http::Client client;
  auto answer =
      client.send({.url = Url::parse(store().presign(name, {.expires = std::chrono::seconds(60)}))});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.read_body(100), "content");
  Url changed = Url::parse(store().presign(name, {.expires = std::chrono::seconds(60)}));
  changed.path += "x";
  EXPECT_EQ(client.send({.url = changed}).status, 403);
}

std::vector<Backend> servers() {
  std::vector<Backend> all = backends();
  std::erase_if(all, [](const Backend& backend) { return !backend.s3; });
  return all;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(S3Servers);
INSTANTIATE_TEST_SUITE_P(Stores, S3Servers, testing::ValuesIn(servers()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace wheelyard::store::contract
