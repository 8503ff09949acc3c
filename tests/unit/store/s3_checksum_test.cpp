// Checksums both ways: what is sent with an upload, and what a download is held to.
#include "scripted_s3.hpp"
#include "support/scratch_folder.hpp"

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/digest.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;

std::string crc32c(std::string_view bytes) {
  Checksum checksum(ChecksumAlgorithm::crc32c);
  checksum.update(bytes);
  return checksum.finish();
}

std::string object_with(const std::string& bytes, const std::string& fields,
                        const std::string& etag = "abc") {
  return answer(200, bytes,
                "ETag: \"" + etag + "\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\n" + fields);
}

struct Sink : ByteSink {
  void write(std::string_view more) override { bytes += more; }
  std::string bytes;
};

TEST(S3Checksum, GoesWithEveryUpload) {
  ScriptedServer server({put_answer()});
  auto store = scripted_store(server);
  store->put("a", bytes_source("hello"));
  store->put("a", bytes_source("hello"), {.checksum = ChecksumAlgorithm::sha256});
  store->put("a", bytes_source("hello"), {.checksum = ChecksumAlgorithm::md5});
  S3Options options = scripted_options(server);
  options.settings.request_checksums = "when_required";
  make_s3_store(options)->put("a", bytes_source("hello"));
  auto sent = server.requests();
  EXPECT_EQ(sent[0].header("x-amz-checksum-crc32c"), to_base64(crc32c("hello")));
  EXPECT_EQ(sent[0].header("x-amz-sdk-checksum-algorithm"), "CRC32C");
  EXPECT_THAT(sent[0].header("authorization"), HasSubstr(";x-amz-checksum-crc32c;"));
  EXPECT_EQ(sent[1].header("x-amz-checksum-sha256"), to_base64(digest(DigestAlgorithm::sha256, "hello")));
  EXPECT_EQ(sent[1].header("x-amz-checksum-crc32c"), "");
  EXPECT_EQ(sent[2].header("content-md5"), to_base64(digest(DigestAlgorithm::md5, "hello")));
  EXPECT_THAT(sent[3].head, ::testing::Not(HasSubstr("checksum")));
  EXPECT_THAT(sent[3].head, ::testing::Not(HasSubstr("content-md5")));
}

TEST(S3Checksum, IsMd5ForServersThatKnowNoOther) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool refused = !request.header("x-amz-checksum-crc32c").empty();
    connection.send(refused ? s3_error(501, "NotImplemented", "<Header>x-amz-checksum-crc32c</Header>")
                            : put_answer());
  });
  auto store = scripted_store(server);
  store->put("a", bytes_source("hello"));
  store->put("b", bytes_source("hello"), {.mode = PutMode::create()});
  auto sent = server.requests();
  ASSERT_EQ(sent.size(), 3u) << "it is remembered";
  EXPECT_EQ(sent[1].header("content-md5"), to_base64(digest(DigestAlgorithm::md5, "hello")));
  EXPECT_EQ(sent[2].header("content-md5"), sent[1].header("content-md5"));
  EXPECT_EQ(
      error_of([&] { store->put("a", bytes_source("x"), {.checksum = ChecksumAlgorithm::crc32c}); }).code(),
      ErrorCode::unsupported)
      << "one that was asked for is not left out";
}

TEST(S3Checksum, AWrongOneIsNoReasonToLeaveItOut) {
  // As MinIO says it: the header is named, and it is not the header that is refused.
  ScriptedServer server(
      {answer(400,
              "<Error><Code>XAmzContentChecksumMismatch</Code><Message>The provided "
              "'x-amz-checksum' header does not match what was computed.</Message></Error>")});
  Error error = error_of([&] { scripted_store(server)->put("a", bytes_source("hello")); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(S3Checksum, AFileThatChangesWhileItIsReadIsToldAsThat) {
  const test_support::ScratchFolder folder;
  auto file = folder.write("body", random_bytes(600'000));
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool fits = request.header("x-amz-checksum-crc32c") == to_base64(crc32c(request.body));
    connection.send(fits ? put_answer() : s3_error(400, "BadDigest"));
  });
  struct Changing : Source {
    explicit Changing(SourcePtr a, SourcePtr b) : first(std::move(a)), second(std::move(b)) {}
    std::uint64_t size() const override { return first->size(); }
    std::unique_ptr<Reader> open() const override { return (opened++ == 0 ? first : second)->open(); }
    SourcePtr first, second;
    mutable int opened = 0;
  };
  auto other = folder.write("other", random_bytes(600'000));
  auto changing = std::make_shared<Changing>(file_source(file), file_source(other));
  Error error = error_of([&] { scripted_store(server)->put("a", changing); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted);
  EXPECT_THAT(error.what(), HasSubstr("the file changed while it was being read"));
  scripted_store(server)->put("a", file_source(file));
}

TEST(S3Checksum, ADownloadIsHeldToIt) {
  const std::string lie = "x-amz-checksum-crc32c: " + to_base64(crc32c("other")) + "\r\n";
  const std::string truth = "x-amz-checksum-crc32c: " + to_base64(crc32c("hello")) + "\r\n";
  ScriptedServer good({object_with("hello", truth)});
  Object object = get_bytes(*scripted_store(good), "a", 10);
  EXPECT_EQ(object.bytes, "hello");
  ASSERT_EQ(object.info.checksums.size(), 1u);
  EXPECT_EQ(object.info.checksums[0].value, crc32c("hello"));
  EXPECT_EQ(good.requests()[0].header("x-amz-checksum-mode"), "ENABLED");
  ScriptedServer bad({object_with("hello", lie)});
  auto store = scripted_store(bad);
  Error error = error_of([&] { get_bytes(*store, "a", 10); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted);
  EXPECT_THAT(error.what(), HasSubstr("crc32c"));
  Sink sink;
  EXPECT_EQ(error_of([&] { store->get("a").body->copy_to(sink); }).code(), ErrorCode::corrupted);
  EXPECT_EQ(get_bytes(*store, "a", 10, {.verify = false}).bytes, "hello");
  S3Options options = scripted_options(bad);
  options.settings.response_checksums = "when_required";
  EXPECT_EQ(get_bytes(*make_s3_store(options), "a", 10).bytes, "hello");
  EXPECT_EQ(bad.requests().back().header("x-amz-checksum-mode"), "");
}

TEST(S3Checksum, AnEtagThatIsAnMd5IsCompared) {
  const std::string md5 = to_hex(digest(DigestAlgorithm::md5, "hello"));
  const std::string other = to_hex(digest(DigestAlgorithm::md5, "other"));
  auto read = [](const std::string& reply) {
    ScriptedServer server({reply});
    return get_bytes(*scripted_store(server), "a", 10).bytes;
  };
  EXPECT_EQ(read(object_with("hello", "", md5)), "hello");
  Error error = error_of([&] { read(object_with("hello", "", other)); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted);
  EXPECT_THAT(error.hint(), HasSubstr("AWS_RESPONSE_CHECKSUM_VALIDATION"));
  // None of these is an MD5 of the bytes.
  EXPECT_EQ(read(object_with("hello", "x-amz-server-side-encryption: aws:kms\r\n", other)), "hello");
  EXPECT_EQ(read(object_with("hello", "x-amz-server-side-encryption-customer-algorithm: AES256\r\n", other)),
            "hello");
  EXPECT_EQ(read(object_with("hello", "", other + "-2")), "hello");
  // Where there is a checksum, it decides.
  EXPECT_EQ(
      read(object_with("hello", "x-amz-checksum-crc32c: " + to_base64(crc32c("hello")) + "\r\n", other)),
      "hello");
  EXPECT_EQ(
      error_of([&] { read(object_with("hello", "x-amz-server-side-encryption: AES256\r\n", other)); }).code(),
      ErrorCode::corrupted);
}

TEST(S3Checksum, ADigestOfPartsIsCheckedPartByPart) {
  const std::string composite = to_base64(crc32c(crc32c("hello ") + crc32c("world"))) + "-2";
  auto serve = [&](const std::string& bytes, bool attributes) {
    return [=](const ScriptedRequest& request, ScriptedConnection& connection) {
      auto part = [](int size, const std::string& range) {
        return "HTTP/1.1 206 Partial\r\nETag: \"e-2\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\n"
               "x-amz-mp-parts-count: 2\r\nContent-Range: bytes " +
               range + "/11\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
      };
      if (request.target.ends_with("?attributes=")) {
        return void(connection.send(
            attributes
                ? answer(200,
                         "<GetObjectAttributesResponse><ETag>e-2</ETag><ObjectParts><Part><PartNumber>1"
                         "</PartNumber><Size>6</Size></Part><Part><PartNumber>2</PartNumber><Size>5</Size>"
                         "</Part></ObjectParts></GetObjectAttributesResponse>")
                : s3_error(501, "NotImplemented")));
      }
      if (request.target.ends_with("?partNumber=1")) return void(connection.send(part(6, "0-5")));
      if (request.target.ends_with("?partNumber=2")) return void(connection.send(part(5, "6-10")));
      connection.send(object_with(
          bytes, "x-amz-checksum-crc32c: " + composite + "\r\nx-amz-checksum-type: COMPOSITE\r\n", "e-2"));
    };
  };
  for (bool attributes : {true, false}) {
    ScriptedServer good(serve("hello world", attributes));
    EXPECT_EQ(get_bytes(*scripted_store(good), "a", 20).bytes, "hello world");
    ScriptedServer bad(serve("hello_world", attributes));
    EXPECT_EQ(error_of([&] { get_bytes(*scripted_store(bad), "a", 20); }).code(), ErrorCode::corrupted);
  }
}

TEST(S3Checksum, ValuesThatMakeNoSenseAreNotHeldAgainstTheObject) {
  for (const std::string value :
       {"", "no base64!", "AAAA", "AAAAAA==-0", "AAAAAA==-x", "AAAAAA==-99999999"}) {
    ScriptedServer server({object_with("hello", "x-amz-checksum-crc32c: " + value + "\r\n")});
    EXPECT_EQ(get_bytes(*scripted_store(server), "a", 10).bytes, "hello") << value;
  }
}

}  // namespace
}  // namespace wheelyard::store
