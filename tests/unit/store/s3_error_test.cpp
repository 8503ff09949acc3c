// What a person reads when the server says no: each cause has its own words and says what to do.
#include "scripted_s3.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Said {
  std::string code;
  int status;
  ErrorCode expected;
  std::string reason;
  std::string hint;
};

class S3Errors : public ::testing::TestWithParam<Said> {};

TEST_P(S3Errors, SaysWhatIsWrongAndWhatToDo) {
  const Said& said = GetParam();
  ScriptedServer server({s3_error(said.status, said.code)});
  Error error = error_of([&] { scripted_store(server)->get("a.whl"); });
  EXPECT_EQ(error.code(), said.expected);
  EXPECT_THAT(error.what(), HasSubstr("s3://wheels/a.whl"));
  EXPECT_THAT(error.what(), HasSubstr(said.reason));
  EXPECT_THAT(error.hint(), HasSubstr(said.hint));
  EXPECT_EQ(error.details().http_status, said.status);
  EXPECT_EQ(error.details().server_code, said.code);
  EXPECT_EQ(error.details().request_id, "REQ1");
}

INSTANTIATE_TEST_SUITE_P(
    Answers, S3Errors,
    ::testing::Values(
        Said{"InvalidAccessKeyId", 403, ErrorCode::unauthenticated, "does not know this access key",
             "AWS_ACCESS_KEY_ID"},
        Said{"SignatureDoesNotMatch", 403, ErrorCode::unauthenticated, "secret key is wrong",
             "AWS_SECRET_ACCESS_KEY"},
        Said{"RequestTimeTooSkewed", 403, ErrorCode::unauthenticated, "clock", "timedatectl"},
        Said{"ExpiredToken", 400, ErrorCode::unauthenticated, "expired", "new credentials"},
        Said{"InvalidToken", 400, ErrorCode::unauthenticated, "expired or is not accepted",
             "new credentials"},
        Said{"InvalidTokenId", 403, ErrorCode::unauthenticated, "expired or is not accepted",
             "new credentials"},
        Said{"NoSuchBucket", 404, ErrorCode::not_found, "no bucket 'wheels'", "wheelyard mb s3://wheels"},
        Said{"NoSuchKey", 404, ErrorCode::not_found, "no such object", ""},
        Said{"AccessDenied", 403, ErrorCode::permission_denied, "not allowed", "s3:ListBucket"},
        Said{"PermanentRedirect", 301, ErrorCode::invalid_argument, "another region", "--region"},
        Said{"SlowDown", 503, ErrorCode::unavailable, "fewer requests", "wait"},
        Said{"InternalError", 500, ErrorCode::unavailable, "the server failed: as the server says",
             "try again"},
        Said{"NotImplemented", 501, ErrorCode::unsupported, "cannot do this", "endpoint"},
        Said{"NoSuchVersion", 404, ErrorCode::unavailable, "does not find", ""},
        Said{"NoSuchKey", 403, ErrorCode::permission_denied, "not allowed", ""},
        Said{"NoSuchKey", 500, ErrorCode::unavailable, "the server failed", ""},
        Said{"QuotaExceeded", 403, ErrorCode::unavailable, "no room", "quota"},
        Said{"Curious", 400, ErrorCode::invalid_argument, "as the server says", ""}),
    [](const auto& instance) { return instance.param.code + std::to_string(instance.param.status); });

TEST(S3Error, TellsHowFarTheClocksAreApart) {
  ScriptedServer server(
      {s3_error(403, "RequestTimeTooSkewed", "<ServerTime>2026-11-21T09:00:00Z</ServerTime>")});
  S3Options options = scripted_options(server);
  options.clock = [] { return *parse_rfc3339("2026-11-21T12:30:00Z"); };
  Error error = error_of([&] { make_s3_store(std::move(options))->get("a"); });
  EXPECT_THAT(error.what(), HasSubstr("3 hours ahead of the server's"));
}

TEST(S3Error, TellsOfAClockBehindByTheDateHeader) {
  ScriptedServer server(
      {s3_error(403, "RequestTimeTooSkewed", "", "Date: Sat, 21 Nov 2026 09:40:00 GMT\r\n")});
  S3Options options = scripted_options(server);
  options.clock = [] { return *parse_rfc3339("2026-11-21T09:00:00Z"); };
  Error error = error_of([&] { make_s3_store(std::move(options))->get("a"); });
  EXPECT_THAT(error.what(), HasSubstr("40 minutes behind the server's"));
}

TEST(S3Error, AMissingBucketIsNeverAnAbsentObject) {
  ScriptedServer server({s3_error(404, "NoSuchBucket")});
  auto store = scripted_store(server);
  EXPECT_EQ(error_of([&] { find_bytes(*store, "index.json", 100); }).details().server_code, "NoSuchBucket");
  EXPECT_EQ(error_of([&] { store->remove("a"); }).details().server_code, "NoSuchBucket");
  EXPECT_EQ(error_of([&] { list_all(*store, ""); }).details().server_code, "NoSuchBucket");
  EXPECT_EQ(error_of([&] { store->put("a", bytes_source("x")); }).details().server_code, "NoSuchBucket");
  EXPECT_EQ(error_of([&] { store->put("a", bytes_source("x"), {.mode = PutMode::update("e")}); }).code(),
            ErrorCode::not_found);
}

TEST(S3Error, AMissingBucketIsNotAbsenceToHeadEither) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(request.method == "HEAD" ? "HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\n"
                                             : s3_error(404, "NoSuchBucket"));
  });
  EXPECT_EQ(error_of([&] { find_info(*scripted_store(server), "a"); }).details().server_code, "NoSuchBucket");
}

TEST(S3Error, HeadTakesNothingForAbsenceThatGetDoesNotConfirm) {
  for (const std::string& body : {s3_error(404, "XAdminUserNotFound"), answer(404, "<html>no</html>")}) {
    ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& connection) {
      connection.send(request.method == "HEAD" ? "HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\n"
                                               : body);
    });
    EXPECT_NE(error_of([&] { find_info(*scripted_store(server), "a"); }).code(), ErrorCode::not_found);
  }
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(request.method == "HEAD" ? "HTTP/1.1 404 Not Found\r\nContent-Length: 200\r\n\r\n"
                                             : s3_error(404, "NoSuchKey"));
  });
  EXPECT_FALSE(find_info(*scripted_store(server), "a").has_value());
}

TEST(S3Error, HeadLearnsWhyItWasRefused) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(request.method == "HEAD" ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 200\r\n\r\n"
                                             : s3_error(403, "SignatureDoesNotMatch"));
  });
  EXPECT_EQ(error_of([&] { scripted_store(server)->head("a"); }).details().server_code,
            "SignatureDoesNotMatch");
}

TEST(S3Error, AWebPageIsNoAbsence) {
  for (int status : {404, 502, 302}) {
    ScriptedServer server({answer(status, "<html><body><h1>Not Found</h1><br></body></html>")});
    Error error = error_of([&] { find_bytes(*scripted_store(server), "a", 10); });
    EXPECT_EQ(error.code(), ErrorCode::unavailable) << status;
    EXPECT_THAT(error.what(), HasSubstr("not come from an object store"));
    EXPECT_THAT(error.hint(), HasSubstr(server.url("")));
  }
}

TEST(S3Error, ABrokenOrEndlessErrorDocumentIsNoAbsence) {
  ScriptedServer cut([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 500\r\n\r\n<Error><Code>NoSuchKey");
    connection.close();
  });
  ScriptedServer endless([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.send("1000\r\n" + std::string(0x1000, 'x') + "\r\n")) {
    }
  });
  for (const ScriptedServer* server : {&cut, &endless}) {
    EXPECT_EQ(error_of([&] { find_bytes(*scripted_store(*server), "a", 10); }).code(),
              ErrorCode::unavailable);
  }
}

TEST(S3Error, ServerTextsCannotReachTheTerminalRaw) {
  ScriptedServer server({s3_error(400, "Bad\x1b[31m", "")});
  Error error = error_of([&] { scripted_store(server)->get("a"); });
  EXPECT_THAT(error.what(), Not(HasSubstr("\x1b")));
}

TEST(S3Error, GoesToTheRegionThatTheServerNamesAndRemembersIt) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool right = request.header("authorization").find("/eu-central-1/s3/aws4_request") != std::string::npos;
    connection.send(right ? object_answer("x")
                          : s3_error(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"));
  });
  auto store = scripted_store(server);
  EXPECT_EQ(get_bytes(*store, "a", 10).bytes, "x");
  EXPECT_EQ(get_bytes(*store, "a", 10).bytes, "x");
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(S3Error, TakesTheRegionFromTheHeaderOrTheEndpoint) {
  for (const std::string& wrong :
       {s3_error(301, "PermanentRedirect", "", "x-amz-bucket-region: ap-south-1\r\n"),
        s3_error(301, "PermanentRedirect", "<Endpoint>wheels.s3.ap-south-1.amazonaws.com</Endpoint>"),
        s3_error(301, "PermanentRedirect", "<Endpoint>wheels.s3-ap-south-1.amazonaws.com</Endpoint>"),
        s3_error(301, "PermanentRedirect", "<Endpoint>s3.ap-south-1.amazonaws.com</Endpoint>")}) {
    ScriptedServer server({wrong, object_answer("x")});
    EXPECT_EQ(get_bytes(*scripted_store(server), "a", 10).bytes, "x");
    EXPECT_THAT(server.requests().at(1).header("authorization"), HasSubstr("/ap-south-1/s3/"));
  }
}

TEST(S3Error, NamesTheRightRegionWhenEvenThatFails) {
  ScriptedServer server({s3_error(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"),
                         s3_error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-9</Region>"),
                         s3_error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>")});
  Error error = error_of([&] { scripted_store(server)->get("a"); });
  EXPECT_THAT(error.what(), HasSubstr("'eu-west-3'"));
  EXPECT_THAT(error.hint(), HasSubstr("AWS_REGION=eu-west-3"));
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(S3Error, ARegionThatIsNoneIsNotFollowed) {
  ScriptedServer server({s3_error(400, "AuthorizationHeaderMalformed", "<Region>evil.example/x?</Region>")});
  EXPECT_EQ(error_of([&] { scripted_store(server)->get("a"); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(S3Error, RenewsCredentialsThatHaveRunOut) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool fresh = request.header("authorization").find("Credential=key-2/") != std::string::npos;
    connection.send(fresh ? object_answer("x") : s3_error(400, "ExpiredToken"));
  });
  EXPECT_EQ(get_bytes(*scripted_store(server), "a", 10).bytes, "x");
  EXPECT_EQ(server.requests().size(), 2u);
}

/// A folder that MinIO clears beside a write has it deny the write.
TEST(S3Error, AWriteThatMinioDeniesIsAskedForAgain) {
  const auto denied = s3_error(403, "AccessDenied", "", "Server: MinIO\r\n");
  ScriptedServer cleared({denied, denied, put_answer()});
  EXPECT_EQ(scripted_store(cleared)->put("a", bytes_source("x")).etag, "abc");
  EXPECT_EQ(cleared.requests().size(), 3u);
  ScriptedServer strict({denied});
  EXPECT_EQ(error_of([&] { scripted_store(strict)->put("a", bytes_source("x")); }).code(),
            ErrorCode::permission_denied);
  EXPECT_EQ(strict.requests().size(), 3u);
}

TEST(S3Error, WhatElseIsDeniedIsAskedForOnce) {
  ScriptedServer minio({s3_error(403, "AccessDenied", "", "Server: MinIO\r\n")});
  EXPECT_EQ(error_of([&] { scripted_store(minio)->get("a"); }).code(), ErrorCode::permission_denied);
  EXPECT_EQ(minio.requests().size(), 1u);
  ScriptedServer other({s3_error(403, "AccessDenied", "", "Server: AmazonS3\r\n")});
  EXPECT_EQ(error_of([&] { scripted_store(other)->put("a", bytes_source("x")); }).code(),
            ErrorCode::permission_denied);
  EXPECT_EQ(other.requests().size(), 1u);
}

TEST(S3Error, WithoutCredentialsNothingIsSent) {
  ScriptedServer server({object_answer("x")});
  S3Options options = scripted_options(server);
  options.credentials =
      std::make_shared<auth::CredentialChain>(std::vector<std::unique_ptr<auth::CredentialProvider>>());
  Error error = error_of([&] { make_s3_store(std::move(options))->get("a"); });
  EXPECT_EQ(error.code(), ErrorCode::unauthenticated);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace wheelyard::store
