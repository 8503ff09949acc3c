// Writes whose answers are lost, doubtful or late: a put never reports a conflict with itself, and never a
// success that is not there.
#include <atomic>
#include <mutex>

#include "scripted_s3.hpp"
#include "support/scratch_folder.hpp"

#include "wheelyard/base/digest.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;

/// A server with one object and real conditions, that can lose answers.
class OneObjectServer {
 public:
  enum class Fault {
    none,
    lose_answer,        ///< acts, then breaks the connection
    lose_request,       ///< breaks the connection without acting
    fail_after_acting,  ///< acts, and answers 500
    fail,               ///< answers 500 without acting
    conflict,           ///< answers 409 without acting
    unavailable_reads,  ///< acts and breaks; reads fail as well
  };

  explicit OneObjectServer(std::vector<Fault> faults)
      : faults_(std::move(faults)),
        server_([this](const ScriptedRequest& request, ScriptedConnection& connection) {
          serve(request, connection);
        }) {}

  ScriptedServer& server() { return server_; }
  std::optional<std::string> content() {
    std::lock_guard lock(mutex_);
    return content_;
  }
  void set(std::optional<std::string> content) {
    std::lock_guard lock(mutex_);
    content_ = std::move(content);
    ++version_;
  }
  std::string etag() {
    std::lock_guard lock(mutex_);
    return "v" + std::to_string(version_);
  }
  /// Runs after the first write has acted: what others do in the meantime.
  std::function<void()> meanwhile;
  int writes = 0;

 private:
  void serve(const ScriptedRequest& request, ScriptedConnection& connection) {
    if (request.method != "PUT") {
      if (broken_reads_) return connection.reset();
      auto bytes = content();
      return void(connection.send(bytes ? object_answer(*bytes, etag()) : s3_error(404, "NoSuchKey")));
    }
    Fault fault = Fault::none;
    {
      std::lock_guard lock(mutex_);
      if (static_cast<std::size_t>(writes) < faults_.size()) fault = faults_[writes];
      ++writes;
    }
    if (fault == Fault::lose_request) return connection.reset();
    if (fault == Fault::fail) return void(connection.send(s3_error(500, "InternalError")));
    if (fault == Fault::conflict) return void(connection.send(s3_error(409, "ConditionalRequestConflict")));
    std::string reply = act(request);
    if (meanwhile && reply.starts_with("HTTP/1.1 200")) std::exchange(meanwhile, nullptr)();
    if (fault == Fault::unavailable_reads) broken_reads_ = true;
    if (fault == Fault::lose_answer || fault == Fault::unavailable_reads) return connection.reset();
    connection.send(fault == Fault::fail_after_acting ? s3_error(500, "InternalError") : reply);
  }

  std::string act(const ScriptedRequest& request) {
    std::lock_guard lock(mutex_);
    bool create = request.header("if-none-match") == "*";
    std::string wanted = request.header("if-match");
    if (create && content_) return s3_error(412, "PreconditionFailed");
    if (!wanted.empty() && !content_) return s3_error(404, "NoSuchKey");
    if (!wanted.empty() && wanted != "\"v" + std::to_string(version_) + "\"")
      return s3_error(412, "PreconditionFailed");
    content_ = request.body;
    ++version_;
    return put_answer("v" + std::to_string(version_));
  }

  std::vector<Fault> faults_;
  std::mutex mutex_;
  std::optional<std::string> content_;
  int version_ = 0;
  std::atomic<bool> broken_reads_ = false;
  ScriptedServer server_;
};

using Fault = OneObjectServer::Fault;

const std::vector<std::vector<Fault>> acted_once{
    {Fault::lose_answer}, {Fault::fail_after_acting}, {Fault::lose_answer, Fault::fail}};

TEST(S3Put, ACreateThatMeetsItsOwnFirstAttemptSucceeds) {
  for (const auto& faults : acted_once) {
    OneObjectServer object(faults);
    PutResult result =
        scripted_store(object.server())->put("a", bytes_source("mine"), {.mode = PutMode::create()});
    EXPECT_EQ(result.etag, "v1");
    EXPECT_EQ(object.content(), "mine");
  }
}

TEST(S3Put, AnUpdateThatMeetsItsOwnFirstAttemptSucceeds) {
  for (const auto& faults : acted_once) {
    OneObjectServer object(faults);
    object.set("old");
    PutResult result =
        scripted_store(object.server())->put("a", bytes_source("new"), {.mode = PutMode::update("v1")});
    EXPECT_EQ(result.etag, "v2");
    EXPECT_EQ(object.content(), "new");
  }
}

TEST(S3Put, LargeBodiesFromFilesAreComparedToo) {
  OneObjectServer object({Fault::lose_answer});
  std::string bytes = random_bytes(700'000);
  const test_support::ScratchFolder folder;
  scripted_store(object.server())
      ->put("a", file_source(folder.write("body", bytes)), {.mode = PutMode::create()});
  EXPECT_TRUE(object.content() == bytes);
}

TEST(S3Put, AConflictWithOthersStaysOne) {
  for (Fault fault : {Fault::none, Fault::lose_request, Fault::fail}) {
    OneObjectServer object({fault});
    object.set("theirs");
    auto store = scripted_store(object.server());
    EXPECT_EQ(error_of([&] { store->put("a", bytes_source("mine!!"), {.mode = PutMode::create()}); }).code(),
              ErrorCode::already_exists);
    EXPECT_EQ(object.content(), "theirs");
  }
  for (Fault fault : {Fault::none, Fault::lose_request, Fault::fail}) {
    OneObjectServer object({fault});
    object.set("theirs");
    auto store = scripted_store(object.server());
    EXPECT_EQ(
        error_of([&] { store->put("a", bytes_source("mine!!"), {.mode = PutMode::update("v0")}); }).code(),
        ErrorCode::precondition_failed);
    EXPECT_EQ(object.content(), "theirs");
  }
}

TEST(S3Put, WithoutDoubtEqualBytesAreStillAConflict) {
  OneObjectServer object({});
  object.set("same");
  EXPECT_EQ(error_of([&] {
              scripted_store(object.server())->put("a", bytes_source("same"), {.mode = PutMode::create()});
            }).code(),
            ErrorCode::already_exists);
}

TEST(S3Put, AWinThatWasReplacedAtOnceIsALostSwap) {
  OneObjectServer object({Fault::lose_answer});
  object.set("old");
  object.meanwhile = [&] { object.set("theirs"); };
  Error error = error_of([&] {
    scripted_store(object.server())->put("a", bytes_source("mine!!"), {.mode = PutMode::update("v1")});
  });
  EXPECT_EQ(error.code(), ErrorCode::precondition_failed);
}

TEST(S3Put, WhenNoAnswerComesAtAllItLooks) {
  OneObjectServer object({Fault::lose_answer, Fault::lose_request, Fault::lose_request, Fault::lose_request});
  PutResult result =
      scripted_store(object.server())->put("a", bytes_source("mine"), {.mode = PutMode::create()});
  EXPECT_EQ(result.etag, "v1");
  EXPECT_EQ(object.writes, 3);
}

TEST(S3Put, NothingWrittenAndNoAnswerIsUnavailable) {
  OneObjectServer object(
      {Fault::lose_request, Fault::lose_request, Fault::lose_request, Fault::lose_request});
  Error error = error_of(
      [&] { scripted_store(object.server())->put("a", bytes_source("mine"), {.mode = PutMode::create()}); });
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_EQ(object.content(), std::nullopt);
}

TEST(S3Put, AnUpdateThatDidNotHappenIsUnavailableAndNotLost) {
  OneObjectServer object({Fault::fail, Fault::fail, Fault::fail, Fault::fail});
  object.set("old");
  Error error = error_of([&] {
    scripted_store(object.server())->put("a", bytes_source("new"), {.mode = PutMode::update("v1")});
  });
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_EQ(object.content(), "old");
}

TEST(S3Put, AnUnknownOutcomeIsSaidToBeUnknown) {
  // The second one meets a 412: its own first attempt's, or somebody else's object.
  for (const auto& faults :
       {std::vector{Fault::unavailable_reads, Fault::lose_request, Fault::lose_request, Fault::lose_request},
        std::vector{Fault::unavailable_reads, Fault::none}}) {
    OneObjectServer object(faults);
    Error error = error_of([&] {
      scripted_store(object.server())->put("a", bytes_source("mine"), {.mode = PutMode::create()});
    });
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("no answer tells whether it was written"));
    EXPECT_THAT(error.hint(), HasSubstr("do the same again"));
  }
}

TEST(S3Put, AConflictIsTriedAgain) {
  OneObjectServer object({Fault::conflict, Fault::conflict});
  scripted_store(object.server())->put("a", bytes_source("mine"), {.mode = PutMode::create()});
  EXPECT_EQ(object.content(), "mine");
  OneObjectServer unconditional({Fault::conflict, Fault::conflict});
  scripted_store(unconditional.server())->put("a", bytes_source("mine"));
  EXPECT_EQ(unconditional.content(), "mine");
}

TEST(S3Put, AConflictThatStaysIsALostSwap) {
  OneObjectServer object({Fault::conflict, Fault::conflict, Fault::conflict, Fault::conflict});
  object.set("old");
  auto store = scripted_store(object.server());
  EXPECT_EQ(error_of([&] { store->put("a", bytes_source("new"), {.mode = PutMode::update("v1")}); }).code(),
            ErrorCode::precondition_failed);
  OneObjectServer free({Fault::conflict, Fault::conflict, Fault::conflict, Fault::conflict});
  EXPECT_EQ(error_of([&] {
              scripted_store(free.server())->put("a", bytes_source("new"), {.mode = PutMode::create()});
            }).code(),
            ErrorCode::unavailable);
}

TEST(S3Put, UpdateOfAnObjectThatIsGoneIsALostSwap) {
  OneObjectServer object({});
  EXPECT_EQ(error_of([&] {
              scripted_store(object.server())->put("a", bytes_source("new"), {.mode = PutMode::update("v1")});
            }).code(),
            ErrorCode::precondition_failed);
}

TEST(S3Put, AServerWithoutConditionsIsUnsupported) {
  ScriptedServer server({s3_error(501, "NotImplemented")});
  EXPECT_EQ(error_of([&] { scripted_store(server)->put("a", nullptr, {.mode = PutMode::create()}); }).code(),
            ErrorCode::unsupported);
}

TEST(S3Put, AnAnswerWithoutEtagIsBroken) {
  ScriptedServer server({answer(200)});
  EXPECT_EQ(error_of([&] { scripted_store(server)->put("a", nullptr); }).code(), ErrorCode::corrupted);
}

TEST(S3Put, SendsWhatTheOptionsSay) {
  ScriptedServer server({put_answer()});
  scripted_store(server)->put("a b+c/\xc3\xa4.whl", bytes_source("hello"),
                              {.mode = PutMode::update("e1"),
                               .content_type = "text/html",
                               .cache_control = "no-cache",
                               .content_encoding = "gzip",
                               .acl = "public-read",
                               .metadata = {{"sha256", "12"}}});
  ScriptedRequest sent = server.requests().at(0);
  EXPECT_EQ(sent.target, "/wheels/a%20b%2Bc/%C3%A4.whl");
  EXPECT_EQ(sent.header("if-match"), "\"e1\"");
  EXPECT_EQ(sent.header("content-type"), "text/html");
  EXPECT_EQ(sent.header("cache-control"), "no-cache");
  EXPECT_EQ(sent.header("content-encoding"), "gzip");
  EXPECT_EQ(sent.header("x-amz-acl"), "public-read");
  EXPECT_EQ(sent.header("x-amz-meta-sha256"), "12");
  EXPECT_EQ(sent.header("x-amz-security-token"), test_token);
  EXPECT_EQ(sent.header("x-amz-content-sha256"), sha256_hex("hello"));
  EXPECT_THAT(
      sent.header("authorization"),
      HasSubstr("SignedHeaders=cache-control;content-encoding;content-type;host;if-match;x-amz-acl;"));
  EXPECT_EQ(sent.body, "hello");
}

TEST(S3Put, RefusesHeadersThatSmuggleInOthers) {
  ScriptedServer server({put_answer()});
  auto store = scripted_store(server);
  for (const PutOptions& options :
       {PutOptions{.content_type = "a\r\nx-amz-acl: public-read"}, PutOptions{.metadata = {{"a", "b\nc"}}},
        PutOptions{.metadata = {{"a: b", "c"}}}, PutOptions{.acl = std::string("x\0y", 3)}}) {
    EXPECT_EQ(error_of([&] { store->put("a", nullptr, options); }).code(), ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(S3Put, SignsEveryAttemptAnew) {
  ScriptedServer server({s3_error(503, "SlowDown"), put_answer()});
  S3Options options = scripted_options(server);
  std::atomic<int> minute = 0;
  options.clock = [&] { return *parse_rfc3339("2026-11-21T09:00:00Z") + std::chrono::minutes(minute++); };
  make_s3_store(std::move(options))->put("a", bytes_source("x"));
  auto sent = server.requests();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].header("x-amz-date"), "20261121T090000Z");
  EXPECT_EQ(sent[1].header("x-amz-date"), "20261121T090100Z");
  EXPECT_NE(sent[0].header("authorization"), sent[1].header("authorization"));
}

}  // namespace
}  // namespace wheelyard::store
