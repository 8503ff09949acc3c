// Uploads in parts whose answers are lost, doubtful or late: the end never reports a conflict with itself,
// and never a success that is not there.
#include <mutex>

#include "scripted_s3.hpp"

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/digest.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;

std::string document(const std::string& root, const std::string& inside) {
  return answer(200, "<?xml version=\"1.0\"?><" + root + ">" + inside + "</" + root + ">");
}

const std::string begun = document("InitiateMultipartUploadResult", "<UploadId>up-1</UploadId>");
const std::string md5_of_x = to_hex(digest(DigestAlgorithm::md5, "x"));
const std::string etag_of_upload =
    to_hex(digest(DigestAlgorithm::md5, digest(DigestAlgorithm::md5, "x"))) + "-1";
const std::string late_document =
    "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>";

/// One upload of one part, "x", to one key, and what may go wrong with its completion.
class UploadServer {
 public:
  enum class Fault {
    none,
    lose_answer,        ///< acts, then breaks the connection
    lose_request,       ///< breaks the connection without acting
    late_error,         ///< 200, then an error, without acting
    late_error_acting,  ///< the same, having acted
    half_answer,        ///< acts, and breaks in the middle of the document
    conflict,
    conflict_and_end,  ///< 409, and the upload is gone, as Amazon's documentation says
    no_conditions,
  };

  explicit UploadServer(std::vector<Fault> faults)
      : faults_(std::move(faults)),
        server_([this](const ScriptedRequest& request, ScriptedConnection& connection) {
          const std::lock_guard lock(mutex_);
          serve(request, connection);
        }) {}

  /// Begins, sends the part, completes.
  PutResult run(PutMode mode = PutMode::overwrite()) {
    auto upload = scripted_store(server_)->begin_parts("a", {.mode = std::move(mode)});
    return upload->complete({upload->put_part(1, bytes_source("x"))});
  }

  std::string etag;  ///< of what is there: "" for nothing
  std::string last_completion;

 private:
  void serve(const ScriptedRequest& request, ScriptedConnection& connection) {
    if (request.method == "POST" && request.target.ends_with("?uploads=")) {
      connection.send(begun);
    } else if (request.method == "PUT") {
      connection.send(put_answer(md5_of_x));
    } else if (request.method == "POST") {
      last_completion = request.body;
      complete(request, connection);
    } else {
      connection.send(etag.empty() ? request.method == "HEAD" ? answer(404) : s3_error(404, "NoSuchKey")
                                   : head());
    }
  }

  std::string head() const {
    return "HTTP/1.1 200 OK\r\nETag: \"" + etag +
           "\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\nContent-Length: 0\r\n\r\n";
  }

  void complete(const ScriptedRequest& request, ScriptedConnection& connection) {
    Fault fault = next_ < faults_.size() ? faults_[next_] : Fault::none;
    ++next_;
    switch (fault) {
      case Fault::lose_request:
        return connection.reset();
      case Fault::late_error:
        return void(connection.send(answer(200, late_document)));
      case Fault::conflict_and_end:
        ended_ = true;
        [[fallthrough]];
      case Fault::conflict:
        return void(connection.send(s3_error(409, "ConditionalRequestConflict")));
      case Fault::no_conditions:
        return void(connection.send(s3_error(501, "NotImplemented")));
      default:
        break;
    }
    std::string reply = act(request);
    if (fault == Fault::lose_answer) return connection.reset();
    if (fault == Fault::late_error_acting) reply = answer(200, late_document);
    if (fault == Fault::half_answer) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<?xml version=\"1.0\"?><Complete");
      return connection.reset();
    }
    connection.send(reply);
  }

  std::string act(const ScriptedRequest& request) {
    if (ended_) return s3_error(404, "NoSuchUpload");
    const std::string match = request.header("if-match");
    if (request.header("if-none-match") == "*" && !etag.empty()) return s3_error(412, "PreconditionFailed");
    if (!match.empty() && match != "\"" + etag + "\"") return s3_error(412, "PreconditionFailed");
    ended_ = true;
    etag = etag_of_upload;
    return document("CompleteMultipartUploadResult", "<ETag>&quot;" + etag + "&quot;</ETag>");
  }

  std::vector<Fault> faults_;
  std::size_t next_ = 0;
  bool ended_ = false;
  std::mutex mutex_;
  ScriptedServer server_;
};

using Fault = UploadServer::Fault;

TEST(S3Parts, ACompletionWhoseAnswerWasLostSucceeds) {
  for (Fault fault : {Fault::lose_answer, Fault::late_error_acting, Fault::half_answer}) {
    for (const PutMode& mode : {PutMode::overwrite(), PutMode::create()}) {
      UploadServer server({fault});
      EXPECT_EQ(server.run(mode).etag, etag_of_upload) << static_cast<int>(fault);
    }
    UploadServer server({fault});
    server.etag = "old";
    EXPECT_EQ(server.run(PutMode::update("old")).etag, etag_of_upload) << static_cast<int>(fault);
  }
}

TEST(S3Parts, ACompletionThatFailedBehindIts200IsTriedAgain) {
  UploadServer server({Fault::late_error, Fault::late_error});
  EXPECT_EQ(server.run().etag, etag_of_upload);
  UploadServer staying(std::vector<Fault>(20, Fault::late_error));
  EXPECT_EQ(error_of([&] { staying.run(); }).code(), ErrorCode::unavailable);
}

TEST(S3Parts, NothingCompletedIsNoSuccess) {
  for (const PutMode& mode : {PutMode::overwrite(), PutMode::create()}) {
    UploadServer server(std::vector<Fault>(20, Fault::lose_request));
    EXPECT_EQ(error_of([&] { server.run(mode); }).code(), ErrorCode::unavailable);
    EXPECT_EQ(server.etag, "");
  }
  UploadServer older(std::vector<Fault>(20, Fault::lose_request));
  older.etag = "old";
  EXPECT_EQ(error_of([&] { older.run(); }).code(), ErrorCode::unavailable);
}

TEST(S3Parts, AConflictWithOthersStaysOne) {
  for (Fault fault : {Fault::none, Fault::lose_request}) {
    UploadServer taken({fault});
    taken.etag = "theirs";
    EXPECT_EQ(error_of([&] { taken.run(PutMode::create()); }).code(), ErrorCode::already_exists);
    UploadServer changed({fault});
    changed.etag = "theirs";
    EXPECT_EQ(error_of([&] { changed.run(PutMode::update("mine")); }).code(), ErrorCode::precondition_failed);
    EXPECT_EQ(changed.etag, "theirs");
  }
}

TEST(S3Parts, AConflictIsTriedAgain) {
  UploadServer server({Fault::conflict, Fault::conflict});
  EXPECT_EQ(server.run(PutMode::create()).etag, etag_of_upload);
  UploadServer ended({Fault::conflict_and_end});
  EXPECT_THAT(error_of([&] { ended.run(PutMode::create()); }).code(),
              ::testing::AnyOf(ErrorCode::unavailable, ErrorCode::not_found));
  UploadServer staying(std::vector<Fault>(20, Fault::conflict));
  EXPECT_EQ(error_of([&] { staying.run(PutMode::create()); }).code(), ErrorCode::unavailable);
}

TEST(S3Parts, AServerWithoutConditionsIsUnsupported) {
  UploadServer server({Fault::no_conditions});
  EXPECT_EQ(error_of([&] { server.run(PutMode::create()); }).code(), ErrorCode::unsupported);
}

TEST(S3Parts, SendsPartsAndChecksumsAsS3WantsThem) {
  std::string started =
      "HTTP/1.1 200 OK\r\nx-amz-checksum-algorithm: CRC32C\r\nx-amz-checksum-type: FULL_OBJECT\r\n" +
      begun.substr(begun.find("Content-Length"));
  ScriptedServer server({started, put_answer("e1"), put_answer("e2"),
                         document("CompleteMultipartUploadResult", "<ETag>\"done-2\"</ETag>")});
  auto upload =
      scripted_store(server)->begin_parts("a b", {.mode = PutMode::create(), .content_type = "text/x"});
  std::vector<Part> parts{upload->put_part(2, bytes_source("world")),
                          upload->put_part(1, bytes_source("hello "))};
  EXPECT_EQ(upload->complete(parts).etag, "done-2");
  auto sent = server.requests();
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].target, "/wheels/a%20b?uploads=");
  EXPECT_EQ(sent[0].header("content-type"), "text/x");
  EXPECT_EQ(sent[0].header("x-amz-checksum-algorithm"), "CRC32C");
  EXPECT_EQ(sent[0].header("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(sent[0].header("if-none-match"), "");
  EXPECT_EQ(sent[1].target, "/wheels/a%20b?partNumber=2&uploadId=up-1");
  Checksum world(ChecksumAlgorithm::crc32c);
  world.update("world");
  const std::string of_world = to_base64(world.finish());
  EXPECT_EQ(sent[1].header("x-amz-checksum-crc32c"), of_world);
  EXPECT_EQ(sent[3].target, "/wheels/a%20b?uploadId=up-1");
  EXPECT_EQ(sent[3].header("if-none-match"), "*");
  EXPECT_THAT(sent[3].body, HasSubstr("<Part><PartNumber>2</PartNumber><ETag>&quot;e1&quot;</ETag>"
                                      "<ChecksumCRC32C>" +
                                      of_world + "</ChecksumCRC32C></Part>"));
  EXPECT_LT(sent[3].body.find("<PartNumber>1<"), sent[3].body.find("<PartNumber>2<"));
  Checksum whole(ChecksumAlgorithm::crc32c);
  whole.update("hello world");
  EXPECT_EQ(sent[3].header("x-amz-checksum-crc32c"), to_base64(whole.finish()));
}

TEST(S3Parts, CredentialsThatRunOutInTheMiddleAreRenewed) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    bool old = request.header("authorization").find("Credential=key-1/") != std::string::npos;
    if (request.target.ends_with("?uploads=")) return void(connection.send(begun));
    if (old) return void(connection.send(s3_error(400, "ExpiredToken")));
    connection.send(request.method == "PUT"
                        ? put_answer("e")
                        : document("CompleteMultipartUploadResult", "<ETag>\"done-3\"</ETag>"));
  });
  auto upload = scripted_store(server)->begin_parts("a");
  std::vector<Part> parts;
  for (std::uint32_t number = 1; number <= 3; ++number)
    parts.push_back(upload->put_part(number, bytes_source("x")));
  EXPECT_EQ(upload->complete(parts).etag, "done-3");
  EXPECT_EQ(server.requests().size(), 6u) << "one renewal";
}

TEST(S3Parts, APartIsSentAgainWhenTheServerHasTooMuchToDo) {
  ScriptedServer server({begun, s3_error(503, "SlowDown"), put_answer("e")});
  auto upload = scripted_store(server)->begin_parts("a");
  EXPECT_EQ(upload->put_part(1, bytes_source("x")).etag, "e");
}

TEST(S3Parts, BrokenAnswersAreTold) {
  for (const std::string& reply :
       {answer(200, "<no xml"), document("Other", ""), document("InitiateMultipartUploadResult", "")}) {
    ScriptedServer server({reply});
    EXPECT_EQ(error_of([&] { scripted_store(server)->begin_parts("a"); }).code(), ErrorCode::corrupted)
        << reply;
  }
  ScriptedServer endless({document(
      "ListPartsResult", "<IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker>")});
  EXPECT_EQ(error_of([&] { scripted_store(endless)->resume_parts("a", "up-1")->parts(); }).code(),
            ErrorCode::corrupted);
  ScriptedServer odd({document("ListPartsResult", "<Part><PartNumber>0</PartNumber><Size>1</Size></Part>")});
  EXPECT_EQ(error_of([&] { scripted_store(odd)->resume_parts("a", "up-1")->parts(); }).code(),
            ErrorCode::corrupted);
  ScriptedServer others(
      {document("ListMultipartUploadsResult", "<Upload><Key>other</Key><UploadId>1</UploadId></Upload>")});
  EXPECT_EQ(error_of([&] { scripted_store(others)->unfinished_uploads("p/"); }).code(), ErrorCode::corrupted);
}

TEST(S3Parts, ListsUploadsOverManyPages) {
  auto entry = [](const std::string& key, const std::string& id, const std::string& begun_at) {
    return "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId><Initiated>" + begun_at +
           "</Initiated></Upload>";
  };
  ScriptedServer server(
      {document("ListMultipartUploadsResult",
                "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>p/a+b%2Bc</"
                "NextKeyMarker>"
                "<NextUploadIdMarker>2</NextUploadIdMarker>" +
                    entry("p/a+b%2Bc", "2", "2026-11-21T09:18:26Z") +
                    entry("p/a+b%2Bc", "1", "2026-11-21T09:18:25Z")),
       document("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>" + entry("p/z", "3", ""))});
  auto uploads = scripted_store(server)->unfinished_uploads("p/");
  ASSERT_EQ(uploads.size(), 3u);
  EXPECT_EQ(uploads[0].key, "p/a b+c");
  EXPECT_EQ(uploads[0].id, "1");
  EXPECT_EQ(uploads[1].id, "2");
  EXPECT_EQ(uploads[2].key, "p/z");
  EXPECT_EQ(server.requests()[1].target,
            "/wheels?encoding-type=url&key-marker=p%2Fa%20b%2Bc&prefix=p%2F&upload-id-marker=2&uploads=");
}

}  // namespace
}  // namespace wheelyard::store
