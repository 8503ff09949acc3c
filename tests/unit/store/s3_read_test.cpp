// Reads, listings, removals and copies against a server that answers strangely.
#include <atomic>

#include "scripted_s3.hpp"

#include "wheelyard/base/digest.hpp"

namespace wheelyard::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string page(const std::string& inside, const std::string& root = "ListBucketResult") {
  return answer(200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><" + root +
                         " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + inside + "</" + root + ">");
}

std::string entry(const std::string& key, const std::string& size = "1") {
  return "<Contents><Key>" + key +
         "</Key><LastModified>2026-11-21T09:18:25.000Z</LastModified><ETag>&quot;e&quot;" + "</ETag><Size>" +
         size + "</Size></Contents>";
}

std::string more(const std::string& token) {
  return "<IsTruncated>true</IsTruncated><NextContinuationToken>" + token + "</NextContinuationToken>";
}

std::vector<std::string> keys_of(const std::vector<ObjectInfo>& objects) {
  std::vector<std::string> keys;
  for (const ObjectInfo& info : objects) keys.push_back(info.key);
  return keys;
}

TEST(S3Get, RefusesAnswersThatDoNotFit) {
  const std::string fields = "ETag: \"e\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\n";
  for (const std::string& reply :
       {answer(200, "x"), answer(200, "x", "ETag: \"e\"\r\n"), answer(206, "x", fields),
        answer(200, "x", "ETag: \"e\"\r\nLast-Modified: yesterday\r\n"),
        "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    ScriptedServer server({reply});
    EXPECT_EQ(error_of([&] { scripted_store(server)->get("a"); }).code(), ErrorCode::corrupted) << reply;
  }
}

TEST(S3Get, RefusesRangesThatWereNotAskedFor) {
  const std::string fields = "ETag: \"e\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\n";
  for (const std::string& reply : {answer(200, "0123456789", fields), answer(206, "345", fields),
                                   answer(206, "345", fields + "Content-Range: bytes 4-6/10\r\n"),
                                   answer(206, "34", fields + "Content-Range: bytes 3-4/10\r\n"),
                                   answer(206, "345", fields + "Content-Range: bytes x-y/z\r\n"),
                                   answer(206, "345", fields + "Content-Range: bytes 3-5/*\r\n")}) {
    ScriptedServer server({reply});
    EXPECT_EQ(error_of([&] { scripted_store(server)->get("a", {.range = ByteRange{3, 3}}); }).code(),
              ErrorCode::corrupted)
        << reply;
  }
  ScriptedServer server({answer(206, "345", fields + "Content-Range: bytes 3-5/10\r\n")});
  EXPECT_EQ(get_bytes(*scripted_store(server), "a", 10, {.range = ByteRange{3, 3}}).bytes, "345");
}

TEST(S3Get, NoticesAnotherEtagThanWanted) {
  ScriptedServer server({object_answer("x", "other")});
  EXPECT_EQ(error_of([&] { scripted_store(server)->get("a", {.if_match = "wanted"}); }).code(),
            ErrorCode::precondition_failed);
}

TEST(S3Get, ReadsABodyAgainThatBrokeOff) {
  ScriptedServer server([served = std::make_shared<std::atomic<int>>(0)](const ScriptedRequest&,
                                                                         ScriptedConnection& connection) {
    std::string whole = object_answer("0123456789");
    bool cut = (*served)++ == 0;
    connection.send(cut ? whole.substr(0, whole.size() - 5) : whole);
    if (cut) connection.close();
  });
  EXPECT_EQ(get_bytes(*scripted_store(server), "a", 10).bytes, "0123456789");
}

TEST(S3List, GoesOnWithTheTokenAndDecodesNames) {
  ScriptedServer server({page("<EncodingType>url</EncodingType>" + entry("p/a+b%2Bc") + more("to/ken+1=")),
                         page("<EncodingType>url</EncodingType>" + entry("p/%C3%A4%0A"))});
  EXPECT_THAT(keys_of(list_all(*scripted_store(server), "p/")), ElementsAre("p/a b+c", "p/\xc3\xa4\n"));
  auto sent = server.requests();
  EXPECT_EQ(sent.at(0).target, "/wheels?encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F");
  EXPECT_EQ(
      sent.at(1).target,
      "/wheels?continuation-token=to%2Fken%2B1%3D&encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F");
}

TEST(S3List, TakesNamesAsTheyAreWithoutEncoding) {
  ScriptedServer server({page(entry("p/a+b%20&amp;c"))});
  EXPECT_THAT(keys_of(list_all(*scripted_store(server), "p/")), ElementsAre("p/a+b%20&c"));
}

TEST(S3List, BrokenListsAreOneClearError) {
  for (const std::string& reply :
       {answer(200, "<ListBucketResult><Contents>"), answer(200, ""), answer(200, "{\"keys\": []}"),
        answer(200, "<html><body>hello</body></html>"), page("", "SomethingElse"),
        answer(200, "<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult>&a;</ListBucketResult>"),
        page(entry("elsewhere/a")), page(entry("p/a", "-1")), page(entry("p/a", "99999999999999999999999")),
        page("<Contents><Key>p/a</Key></Contents>"), page(entry("p/a") + "<IsTruncated>true</IsTruncated>"),
        page("<EncodingType>url</EncodingType>" + entry("p/%ZZ")), page(entry("")),
        page(entry("p/a") + more("same"))}) {
    ScriptedServer server({reply});
    Error error = error_of([&] { list_all(*scripted_store(server), "p/"); });
    EXPECT_EQ(error.code(), ErrorCode::corrupted) << reply;
    EXPECT_THAT(error.what(), HasSubstr("list the objects under")) << reply;
  }
}

TEST(S3List, EmptyPagesWithoutEndAreGivenUp) {
  ScriptedServer server([count = std::make_shared<std::atomic<int>>(0)](const ScriptedRequest&,
                                                                        ScriptedConnection& connection) {
    connection.send(page(more("t" + std::to_string((*count)++))));
  });
  EXPECT_EQ(error_of([&] { list_all(*scripted_store(server), ""); }).code(), ErrorCode::corrupted);
}

TEST(S3List, EndlessPagesAreCutOff) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string block(0x10000, 'x');
    while (connection.send("10000\r\n" + block + "\r\n")) {
    }
  });
  EXPECT_EQ(error_of([&] { list_all(*scripted_store(server), ""); }).code(), ErrorCode::corrupted);
}

TEST(S3List, AnErrorInTheMiddleIsThrown) {
  ScriptedServer server({page(entry("a") + more("t")), s3_error(403, "AccessDenied")});
  EXPECT_EQ(error_of([&] { list_all(*scripted_store(server), ""); }).code(), ErrorCode::permission_denied);
}

TEST(S3Delete, SendsOneRequestForManyWithItsDigest) {
  ScriptedServer server({page("", "DeleteResult")});
  std::vector<std::string> keys{"a&b", "c<d>", "e"};
  scripted_store(server)->remove_many(keys);
  auto sent = server.requests();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].method + " " + sent[0].target, "POST /wheels?delete=");
  EXPECT_THAT(sent[0].body, HasSubstr("<Key>a&amp;b</Key>"));
  EXPECT_THAT(sent[0].body, HasSubstr("<Key>c&lt;d&gt;</Key>"));
  EXPECT_EQ(sent[0].header("content-md5"), to_base64(digest(DigestAlgorithm::md5, sent[0].body)));
}

TEST(S3Delete, TellsOfTheFirstKeyThatWasRefused) {
  ScriptedServer server(
      {page("<Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
            "<Error><Key>c</Key><Code>NoSuchKey</Code></Error>",
            "DeleteResult")});
  std::vector<std::string> keys{"a", "b", "c"};
  Error error = error_of([&] { scripted_store(server)->remove_many(keys); });
  EXPECT_EQ(error.code(), ErrorCode::permission_denied);
  EXPECT_THAT(error.what(), HasSubstr("s3://wheels/b"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(S3Delete, TriesWhatFailedForAMomentAgain) {
  ScriptedServer server(
      {page("<Error><Key>b</Key><Code>InternalError</Code></Error>", "DeleteResult"), answer(204)});
  std::vector<std::string> keys{"a", "b"};
  scripted_store(server)->remove_many(keys);
  EXPECT_EQ(server.requests().at(1).method + " " + server.requests().at(1).target, "DELETE /wheels/b");
}

TEST(S3Delete, GoesOneByOneWhereTheServerHasNoBatches) {
  ScriptedServer server({s3_error(501, "NotImplemented"), answer(204), answer(404, ""), answer(204)});
  std::vector<std::string> keys{"a", "b", "c"};
  scripted_store(server)->remove_many(keys);
  EXPECT_EQ(server.requests().size(), 4u);
}

TEST(S3Delete, TriesAllBatchesBeforeItThrows) {
  ScriptedServer server({s3_error(403, "AccessDenied"), page("", "DeleteResult")});
  std::vector<std::string> keys;
  for (int index = 0; index < 1500; ++index) keys.push_back("k" + std::to_string(index));
  EXPECT_EQ(error_of([&] { scripted_store(server)->remove_many(keys); }).code(),
            ErrorCode::permission_denied);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(S3Delete, KeysThatXmlCannotHoldGoAlone) {
  ScriptedServer server({page("", "DeleteResult"), answer(204)});
  std::vector<std::string> keys{"a", "b", "line\nend"};
  scripted_store(server)->remove_many(keys);
  EXPECT_EQ(server.requests().at(1).target, "/wheels/line%0Aend");
}

TEST(S3Copy, NoticesAnErrorBehindA200) {
  std::string late = answer(200, "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>");
  ScriptedServer passing({late, page("<ETag>&quot;new&quot;</ETag>", "CopyObjectResult")});
  EXPECT_EQ(scripted_store(passing)->copy("a", "b").etag, "new");
  EXPECT_EQ(passing.requests().at(0).header("x-amz-copy-source"), "/wheels/a");
  ScriptedServer staying({late});
  EXPECT_EQ(error_of([&] { scripted_store(staying)->copy("a", "b"); }).code(), ErrorCode::unavailable);
}

TEST(S3Presign, GivesAUrlThatIsSignedAndNothingElse) {
  ScriptedServer server({object_answer("x")});
  auto store = scripted_store(server);
  std::string url = store->presign("a b.whl", {.expires = std::chrono::seconds(600)});
  EXPECT_THAT(url, ::testing::StartsWith(server.url("/wheels/a%20b.whl?")));
  EXPECT_THAT(url, HasSubstr("X-Amz-Expires=600"));
  EXPECT_THAT(url, HasSubstr("X-Amz-Signature="));
  EXPECT_THAT(url, ::testing::Not(HasSubstr(test_secret)));
  EXPECT_EQ(error_of([&] { store->presign("a", {.expires = std::chrono::hours(200)}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { store->presign("a", {.expires = std::chrono::seconds(0)}); }).code(),
            ErrorCode::invalid_argument);
}

TEST(S3Store, RefusesKeysThatWouldBeTheBucket) {
  ScriptedServer server({answer(204)});
  auto store = scripted_store(server);
  for (const std::string& key : {std::string(), std::string("a\0b", 3), std::string(1025, 'x')}) {
    EXPECT_EQ(error_of([&] { store->remove(key); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { store->get(key); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { store->put(key, nullptr); }).code(), ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace wheelyard::store
