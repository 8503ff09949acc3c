// Real servers only: what a person reads when something is wrong with the set-up, and URLs that are signed.
#include <algorithm>

#include "backends.hpp"

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/http/client.hpp"
#include "wheelyard/store/open_store.hpp"

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

TEST_P(S3Servers, SignedUrlsWriteLookAndRemove) {
  http::Client client;
  std::string name = key("by-url");
  PresignOptions put{.method = "PUT", .request_headers = {{"content-type", "text/x-signed"}}};
  http::Request request{.method = "PUT", .url = Url::parse(store().presign(name, put))};
  request.body = bytes_source("sent");
  const int without_header = client.send(request).status;
  EXPECT_THAT(without_header, testing::AnyOf(400, 403)) << "the header was signed";
  request.headers.set("content-type", "text/x-signed");
  EXPECT_EQ(client.send(request).status, 200);
  EXPECT_EQ(store().head(name).content_type, "text/x-signed");
  EXPECT_EQ(
      client.send({.method = "HEAD", .url = Url::parse(store().presign(name, {.method = "HEAD"}))}).status,
      200);
  PresignOptions get{.answer_headers = {{"content-disposition", "attachment; filename=\"a b.txt\""},
                                        {"content-type", "text/x-other"}}};
  auto answer = client.send({.url = Url::parse(store().presign(name, get))});
  EXPECT_EQ(answer.read_body(100), "sent");
  EXPECT_EQ(answer.headers.get("content-disposition"), "attachment; filename=\"a b.txt\"");
  EXPECT_EQ(answer.headers.get("content-type"), "text/x-other");
  EXPECT_EQ(client.send({.method = "DELETE", .url = Url::parse(store().presign(name, {.method = "DELETE"}))})
                .status,
            204);
  EXPECT_FALSE(find_info(store(), name).has_value());
}

TEST_P(S3Servers, MakesFindsAndRemovesBuckets) {
  S3Options options = GetParam().s3();
  options.bucket = "made-" + to_hex(random_bytes(6));
  auto bucket = make_s3_store(options);
  EXPECT_FALSE(bucket->bucket_exists());
  bucket->make_bucket();
  EXPECT_TRUE(bucket->bucket_exists());
  EXPECT_EQ(bucket->bucket_location(), "us-east-1");
  EXPECT_EQ(code_of([&] { bucket->make_bucket(); }), ErrorCode::already_exists);
  auto credentials = options.credentials->get();
  auto listed = list_buckets({.aws = {.access_key_id = credentials.access_key_id,
                                      .secret_access_key = credentials.secret_access_key,
                                      .region = "us-east-1",
                                      .endpoint_url = options.settings.endpoint_url},
                              .environment = [](std::string_view) { return std::nullopt; }});
  auto found = std::ranges::find(listed, options.bucket, &BucketInfo::name);
  ASSERT_NE(found, listed.end());
  EXPECT_LT(now() - found->created, std::chrono::minutes(2));
  bucket->put("k", bytes_source("x"));
  EXPECT_EQ(code_of([&] { bucket->remove_bucket(); }), ErrorCode::precondition_failed);
  // From another bucket of the same account, in one piece and in parts.
  bucket->put("large", bytes_source(std::string(11'000'000, 'l')), {.content_type = "text/x-large"});
  EXPECT_TRUE(store().copies_from(*bucket));
  store().copy("k", key("from-there"), {.source = bucket});
  EXPECT_EQ(read("from-there"), "x");
  store().copy("large", key("large-from-there"), {.source = bucket, .part_size = 5u << 20});
  EXPECT_EQ(store().head(key("large-from-there")).content_type, "text/x-large");
  EXPECT_TRUE(read("large-from-there") == std::string(11'000'000, 'l'));
  bucket->remove_many(std::vector<std::string>{"k", "large"});
  bucket->remove_bucket();
  EXPECT_FALSE(bucket->bucket_exists());
  EXPECT_EQ(code_of([&] { bucket->remove_bucket(); }), ErrorCode::not_found);
}

TEST_P(S3Servers, KeepsHeadersOfItsOwn) {
  VendorHeaders vendor{{"x-amz-tagging", "team=a%20b&n=1"},
                       {"x-amz-website-redirect-location", "/elsewhere"}};
  std::string large = random_bytes(11'000'000);
  store().put(key("v"), bytes_source(large), {.vendor = vendor});
  EXPECT_EQ(get_bytes(store(), key("v"), 1u << 30).info.vendor.at("x-amz-tagging-count"), "2");
  store().copy(key("v"), key("one"));
  store().copy(key("v"), key("parts"), {.part_size = 5u << 20});
  for (const char* name : {"one", "parts"})
    EXPECT_EQ(get_bytes(store(), key(name), 1u << 30).info.vendor["x-amz-tagging-count"], "2") << name;
  store().copy(key("v"), key("new"), {.replace = PutOptions{.vendor = {{"x-amz-tagging", "only=one"}}}});
  EXPECT_EQ(get_bytes(store(), key("new"), 1u << 30).info.vendor["x-amz-tagging-count"], "1");
}

TEST_P(S3Servers, KeepsEveryKindOfChecksum) {
  for (ChecksumAlgorithm algorithm :
       {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc64nvme,
        ChecksumAlgorithm::sha1, ChecksumAlgorithm::sha256}) {
    SCOPED_TRACE(to_string(algorithm));
    Checksum expected(algorithm);
    expected.update("content");
    const std::string value = expected.finish();
    PutResult result = store().put(key("sum"), bytes_source("content"), {.checksum = algorithm});
    ASSERT_TRUE(result.checksum.has_value());
    EXPECT_EQ(result.checksum->value, value);
    ObjectInfo info = store().head(key("sum"));
    ASSERT_EQ(info.checksums.size(), 1u);
    EXPECT_EQ(info.checksums[0].algorithm, algorithm);
    EXPECT_EQ(info.checksums[0].value, value);
    EXPECT_EQ(read("sum"), "content");
  }
}

TEST_P(S3Servers, BytesThatDoNotFitTheirChecksumAreNotWritten) {
  // Other bytes each time it is read: the checksum is of the first, and the second are sent.
  struct Changing : Source {
    std::uint64_t size() const override { return 600'000; }
    std::unique_ptr<Reader> open() const override {
      return bytes_source(std::string(600'000, static_cast<char>('a' + opened++)))->open();
    }
    mutable int opened = 0;
  };
  Error error(ErrorCode::cancelled, "", "", "");
  try {
    store().put(key("torn"), std::make_shared<Changing>());
  } catch (const Error& thrown) {
    error = thrown;
  }
  EXPECT_EQ(error.code(), ErrorCode::corrupted) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("the file changed while it was being read"));
  EXPECT_FALSE(find_info(store(), key("torn")).has_value());
  auto upload = store().begin_parts(key("torn"));
  EXPECT_EQ(code_of([&] { upload->put_part(1, std::make_shared<Changing>()); }), ErrorCode::corrupted);
  EXPECT_TRUE(upload->parts().empty());
  upload->abort();
}

TEST_P(S3Servers, AnonymousRequestsAreNotLetIn) {
  put("secret", "x");
  S3Options options = GetParam().s3();
  options.anonymous = true;
  options.credentials = nullptr;
  EXPECT_EQ(code_of([&] { make_s3_store(options)->get(key("secret")); }), ErrorCode::permission_denied);
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
