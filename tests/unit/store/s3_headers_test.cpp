// Headers of every kind: attributes, metadata beyond ASCII, customers' keys, regions and who is asking.
#include "scripted_s3.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_regions.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string customer_key = to_base64("0123456789abcdef0123456789abcdef");
const std::string key_header = "x-amz-server-side-encryption-customer-key";

TEST(S3Metadata, TravelsAsAsciiAndComesBack) {
  for (const std::string& value :
       {std::string("plain text, with marks: =?!"), std::string("\xc3\xa4"), std::string("a \xe2\x82\xac b"),
        std::string("  blanks  "), std::string("=?UTF-8?B?w6Q=?="),
        std::string(300, 'x') + "\xf0\x9f\x9a\x82",
        std::string(
            "\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82"
            "\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a\x82\xf0\x9f\x9a"
            "\x82"),
        std::string()}) {
    const std::string sent = s3::encode_metadata(value);
    for (char c : sent) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << sent;
    EXPECT_EQ(s3::decode_metadata(sent), value);
  }
  EXPECT_EQ(s3::encode_metadata("plain"), "plain");
  EXPECT_EQ(s3::encode_metadata("\xc3\xa4"), "=?UTF-8?B?w6Q=?=");
}

TEST(S3Metadata, IsReadAsOthersWriteIt) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"=?UTF-8?Q?caf=C3=A9_au_lait?=", "caf\xc3\xa9 au lait"},
      {"=?utf-8?b?w6Q=?= =?UTF-8?Q?=C3=B6?=", "\xc3\xa4\xc3\xb6"},
      {"=?UTF-8?B?w6Q=?= plain =?UTF-8?B?w6Q=?=", "\xc3\xa4 plain \xc3\xa4"},
      {"=?ISO-8859-1?Q?caf=E9?=", "caf\xc3\xa9"},
      {"caf\xc3\xa9", "caf\xc3\xa9"},
      {"caf\xe9", "caf\xc3\xa9"},
      {"=?UTF-8?Q?=C3?= =?UTF-8?Q?=A4?=", "\xc3\xa4"},
      {"=?UTF-8?X?abc?=", "=?UTF-8?X?abc?="},
      {"=?KOI8-R?Q?abc?=", "=?KOI8-R?Q?abc?="},
      {"=?UTF-8?B?no base64!?=", "=?UTF-8?B?no base64!?="},
      {"=?UTF-8?Q?=Z1?=", "=?UTF-8?Q?=Z1?="},
      {"=?UTF-8?Q?open", "=?UTF-8?Q?open"},
      {"=?", "=?"},
      {"a  b", "a  b"},
  };
  for (const auto& [written, meant] : cases) EXPECT_EQ(s3::decode_metadata(written), meant) << written;
}

TEST(S3Headers, SendsEveryAttribute) {
  ScriptedServer server({put_answer()});
  scripted_store(server)->put("a", bytes_source("x"),
                              {.metadata = {{"who", "\xc3\xa4"}},
                               .content_disposition = "attachment",
                               .content_language = "de",
                               .expires = "Wed, 21 Oct 2026 07:28:00 GMT",
                               .vendor = {{"X-Amz-Storage-Class", "STANDARD_IA"},
                                          {"x-amz-tagging", "a=1&b=2"},
                                          {"x-amz-server-side-encryption", "aws:kms"},
                                          {"x-amz-server-side-encryption-aws-kms-key-id", "k1"},
                                          {"x-amz-website-redirect-location", "/other"},
                                          {"x-amz-object-lock-mode", "GOVERNANCE"},
                                          {"x-amz-request-payer", "requester"},
                                          {"x-amz-expected-bucket-owner", "123456789012"}}});
  ScriptedRequest sent = server.requests().at(0);
  EXPECT_EQ(sent.header("x-amz-meta-who"), "=?UTF-8?B?w6Q=?=");
  EXPECT_EQ(sent.header("content-disposition"), "attachment");
  EXPECT_EQ(sent.header("content-language"), "de");
  EXPECT_EQ(sent.header("expires"), "Wed, 21 Oct 2026 07:28:00 GMT");
  EXPECT_EQ(sent.header("x-amz-storage-class"), "STANDARD_IA");
  EXPECT_EQ(sent.header("x-amz-tagging"), "a=1&b=2");
  EXPECT_EQ(sent.header("x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(sent.header("x-amz-server-side-encryption-aws-kms-key-id"), "k1");
  EXPECT_EQ(sent.header("x-amz-website-redirect-location"), "/other");
  EXPECT_EQ(sent.header("x-amz-object-lock-mode"), "GOVERNANCE");
  EXPECT_EQ(sent.header("x-amz-request-payer"), "requester");
  EXPECT_EQ(sent.header("x-amz-expected-bucket-owner"), "123456789012");
}

TEST(S3Headers, TellsEveryAttribute) {
  ScriptedServer server(
      {answer(200, "",
              "ETag: \"e\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\n"
              "X-Amz-Storage-Class: GLACIER\r\nx-amz-server-side-encryption: AES256\r\n"
              "x-amz-website-redirect-location: /x\r\nx-amz-request-id: 1\r\nx-amz-id-2: 2\r\n"
              "X-Amz-Meta-Name: =?UTF-8?Q?=C3=A4?=\r\nx-amz-tagging-count: 2\r\n")});
  ObjectInfo info = scripted_store(server)->head("a");
  EXPECT_EQ(info.storage_class, "GLACIER");
  EXPECT_EQ(info.metadata, (std::map<std::string, std::string>{{"name", "\xc3\xa4"}}));
  EXPECT_EQ(info.vendor, (VendorHeaders{{"x-amz-server-side-encryption", "AES256"},
                                        {"x-amz-tagging-count", "2"},
                                        {"x-amz-website-redirect-location", "/x"}}));
}

TEST(S3Headers, RefusesThoseThatHaveNoPlaceInARequest) {
  ScriptedServer server({put_answer()});
  auto store = scripted_store(server);
  for (const char* name :
       {"x-amz-tagging", "x-amz-storage-class", "authorization", "x-amz-content-sha256", "host"}) {
    EXPECT_EQ(error_of([&] { store->get("a", {.vendor = {{name, "x"}}}); }).code(), ErrorCode::unsupported)
        << name;
  }
  EXPECT_EQ(error_of([&] { store->put("a", nullptr, {.vendor = {{"x-amz-tagging", "a\r\nb: c"}}}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(server.requests().empty());
}

TEST(S3Headers, ACustomersKeyGoesWithItsDigestAndIntoNoMessage) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(request.method == "PUT" ? put_answer() : s3_error(400, "InvalidRequest"));
  });
  auto store = scripted_store(server);
  VendorHeaders vendor{{key_header, customer_key}};
  store->put("a", bytes_source("x"), {.vendor = vendor});
  std::vector<Error> errors{error_of([&] { store->get("a", {.vendor = vendor}); }),
                            error_of([&] { store->head("a", vendor); }),
                            error_of([&] { store->put("a", nullptr, {.vendor = {{key_header, "short"}}}); })};
  for (const ScriptedRequest& sent : server.requests()) {
    EXPECT_EQ(sent.header(key_header), customer_key);
    EXPECT_EQ(sent.header("x-amz-server-side-encryption-customer-algorithm"), "AES256");
    EXPECT_EQ(sent.header(key_header + "-md5"),
              to_base64(digest(DigestAlgorithm::md5, "0123456789abcdef0123456789abcdef")));
  }
  EXPECT_EQ(errors[2].code(), ErrorCode::invalid_argument);
  for (const Error& error : errors) {
    EXPECT_THAT(error.what(), Not(HasSubstr(customer_key)));
    EXPECT_THAT(error.what(), Not(HasSubstr("short\"")));
    EXPECT_THAT(error.hint(), Not(HasSubstr(customer_key)));
  }
}

TEST(S3Headers, ACustomersKeyDoesNotGoOverAnOpenLine) {
  ScriptedServer server({put_answer()});
  S3Options options = scripted_options(server);
  options.settings.endpoint_url = "http://store.test:9000";
  Error error = error_of(
      [&] { make_s3_store(options)->put("a", bytes_source("x"), {.vendor = {{key_header, customer_key}}}); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("without TLS"));
}

TEST(S3Anonymous, NothingIsSigned) {
  ScriptedServer server({object_answer("x")});
  S3Options options = scripted_options(server);
  options.anonymous = true;
  options.credentials = nullptr;
  auto store = make_s3_store(options);
  EXPECT_EQ(get_bytes(*store, "a", 10).bytes, "x");
  ScriptedRequest sent = server.requests().at(0);
  EXPECT_EQ(sent.header("authorization"), "");
  EXPECT_EQ(sent.header("x-amz-date"), "");
  EXPECT_EQ(sent.header("x-amz-content-sha256"), "");
  EXPECT_EQ(error_of([&] { store->presign("a"); }).code(), ErrorCode::unauthenticated);
  ScriptedServer denying({s3_error(403, "AccessDenied")});
  options.settings.endpoint_url = denying.url("");
  EXPECT_EQ(error_of([&] { make_s3_store(options)->get("a"); }).code(), ErrorCode::permission_denied);
}

TEST(S3Presign, SignsForEveryMethodWithHeadersBothWays) {
  ScriptedServer server({answer(200)});
  auto store = scripted_store(server);
  std::string put = store->presign("a", {.method = "PUT", .request_headers = {{"Content-Type", "text/x"}}});
  EXPECT_THAT(put, HasSubstr("X-Amz-SignedHeaders=content-type%3Bhost"));
  std::string get =
      store->presign("a", {.answer_headers = {{"Content-Disposition", "attachment; filename=\"a b\""}}});
  EXPECT_THAT(get, HasSubstr("response-content-disposition=attachment%3B%20filename%3D%22a%20b%22"));
  EXPECT_NE(store->presign("a", {.method = "DELETE"}), store->presign("a", {.method = "HEAD"}));
  for (const PresignOptions& options : {PresignOptions{.method = "POST"},
                                        PresignOptions{.method = "PUT", .answer_headers = {{"expires", "x"}}},
                                        PresignOptions{.answer_headers = {{"x-amz-acl", "x"}}},
                                        PresignOptions{.request_headers = {{"a", "b\r\nc"}}},
                                        PresignOptions{.expires = std::chrono::seconds(0)}}) {
    EXPECT_EQ(error_of([&] { store->presign("a", options); }).code(), ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(S3Region, IsRememberedByOtherStoresOfTheProcess) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool right = request.header("authorization").find("/eu-south-1/s3/aws4_request") != std::string::npos;
    connection.send(
        right ? object_answer("x")
              : "HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-south-1\r\nContent-Length: 0\r\n\r\n");
  });
  scripted_store(server)->head("a");
  EXPECT_EQ(server.requests().size(), 2u) << "the header says enough, to HEAD as well";
  scripted_store(server)->head("a");
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(s3::remembered_region(server.url(""), "wheels"), "eu-south-1");
  EXPECT_FALSE(s3::remembered_region(server.url(""), "others").has_value());
}

TEST(S3Region, ALoopOfRedirectsEnds) {
  for (int status : {301, 307, 400}) {
    std::atomic<int> count = 0;
    ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
      std::string region = ++count % 2 == 0 ? "eu-west-1" : "eu-west-2";
      connection.send(s3_error(status, "TemporaryRedirect", "<Region>" + region + "</Region>"));
    });
    EXPECT_EQ(error_of([&] { scripted_store(server)->get("a"); }).code(), ErrorCode::invalid_argument)
        << status;
    EXPECT_EQ(server.requests().size(), 3u);
  }
}

}  // namespace
}  // namespace wheelyard::store
