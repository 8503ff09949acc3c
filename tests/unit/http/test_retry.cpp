#include "http_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/http/detail/retry.hpp"

namespace wheelyard::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Retry, AfterThrottlingUntilItGoesWell) {
  ScriptedServer server({answer(503, "slow", "Retry-After: 0\r\n"), answer(500, "oops"), answer(200, "ok")});
  Client client(quick());
  auto put = request("PUT", server.url(), bytes_source("body"));
  int prepared = 0;
  put.prepare = [&](Request& attempt) { attempt.headers.set("X-Attempt", std::to_string(++prepared)); };
  auto response = client.send(put);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.attempts, 3);
  EXPECT_TRUE(response.earlier_attempt_may_have_acted);
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2].header("X-Attempt"), "3");
  EXPECT_EQ(seen[2].body, "body");
  EXPECT_EQ(server.connections(), 1) << "an answer that was drained leaves its connection usable";
}

TEST(Retry, TheLastAnswerIsGivenOut) {
  ScriptedServer server({answer(503, "slow down")});
  Client client(quick());
  auto response = client.send(request("GET", server.url()));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.read_body(100), "slow down");
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(Retry, WhatIsNotIdempotentIsSentOnce) {
  ScriptedServer server({answer(500)});
  Client client(quick());
  auto post = request("POST", server.url(), bytes_source("x"));
  post.idempotent = false;
  EXPECT_EQ(client.send(post).status, 500);
  EXPECT_EQ(server.requests().size(), 1u);

  ScriptedServer breaking([](const ScriptedRequest&, ScriptedConnection& connection) { connection.reset(); });
  post.url = Url::parse(breaking.url());
  try {
    client.send(post);
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_TRUE(error.may_have_acted());
  }
  EXPECT_EQ(breaking.requests().size(), 1u);
}

TEST(Retry, ThrottlingIsNoReasonToFearARepetition) {
  ScriptedServer server({answer(429), answer(200)});
  Client client(quick());
  auto post = request("POST", server.url(), bytes_source("x"));
  post.idempotent = false;
  auto response = client.send(post);
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.earlier_attempt_may_have_acted);
}

TEST(Retry, AConflictOnlyWhereAskedFor) {
  ScriptedServer server({answer(409), answer(409), answer(200)});
  Client client(quick());
  EXPECT_EQ(client.send(request("PUT", server.url(), bytes_source("x"))).status, 409);
  auto put = request("PUT", server.url(), bytes_source("x"));
  put.retry_on_conflict = true;
  auto response = client.send(put);
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.earlier_attempt_may_have_acted);
}

TEST(Retry, AfterABrokenConnectionTheFirstMayHaveActed) {
  for (const bool reset : {true, false}) {
    std::atomic<int> count{0};
    ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
      if (++count > 1) {
        connection.send(answer(412));
      } else if (reset) {
        connection.reset();
      } else {
        connection.close();
      }
    });
    Client client(quick());
    const auto response = client.send(request("PUT", server.url(), bytes_source("x")));
    EXPECT_EQ(response.status, 412);
    EXPECT_EQ(response.attempts, 2);
    EXPECT_TRUE(response.earlier_attempt_may_have_acted);
  }
}

// libcurl sends again by itself, unasked, when a kept connection closes before it answers.
TEST(Retry, AKeptConnectionThatBreaksIsNoSilentRepetition) {
  std::atomic<int> count{0};
  ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
    if (++count == 2) return connection.close();
    connection.send(answer(count == 1 ? 200 : 412));
  });
  Client client(quick());
  client.send(request("GET", server.url()));
  const auto put = client.send(request("PUT", server.url(), bytes_source("x")));
  EXPECT_EQ(put.status, 412);
  EXPECT_EQ(put.attempts, 2);
  EXPECT_TRUE(put.earlier_attempt_may_have_acted);

  count = 0;
  client.send(request("GET", server.url()));
  auto post = request("POST", server.url(), bytes_source("x"));
  post.idempotent = false;
  EXPECT_THROW(client.send(post), TransportError);
  EXPECT_EQ(count, 2) << "sent again although it must not be";
}

TEST(Retry, WhatNeverReachedTheServerIsKnownNotToHaveActed) {
  const ClosedPort nowhere;
  int attempts = 0;
  auto options = quick();
  options.log = [&](const RequestLogEntry& entry) {
    ++attempts;
    EXPECT_EQ(entry.status, 0);
    EXPECT_THAT(entry.failure, HasSubstr("refused"));
  };
  Client client(options);
  auto post = request("POST", nowhere.url(), bytes_source("x"));
  post.idempotent = false;
  try {
    client.send(post);
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_FALSE(error.may_have_acted());
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("connection refused"));
    EXPECT_THAT(error.hint(), HasSubstr("endpoint"));
  }
  EXPECT_EQ(attempts, 3);
}

TEST(Retry, AnUnknownHostIsNamed) {
  Client client(quick());
  try {
    client.send(request("GET", "http://" + std::string(70, 'x') + ".invalid/"));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_FALSE(error.may_have_acted());
    EXPECT_THAT(error.what(), HasSubstr(".invalid\" is not known"));
  }
}

TEST(Retry, ASilentServerIsGivenUp) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    if (request.target == "/half") connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.wait(milliseconds(60'000));
  });
  auto options = quick();
  options.stall_timeout = milliseconds(600);
  options.retry.attempts = 2;
  Client client(options);
  try {
    client.send(request("PUT", server.url(), bytes_source("x")));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_TRUE(error.may_have_acted());
    EXPECT_THAT(error.what(), HasSubstr("600 ms"));
  }
  auto half = client.send(request("GET", server.url("/half")));
  EXPECT_THROW(half.read_body(100), Error);
}

TEST(Retry, ASlowCallerIsNoStall) {
  std::atomic<bool> reads_on{false};
  ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    for (int i = 0; i < 6'000 && !reads_on; ++i) connection.wait(milliseconds(10));
    connection.wait(milliseconds(50));
    connection.send("def");
  });
  auto options = quick();
  options.stall_timeout = milliseconds(1'000);
  Client client(options);
  auto response = client.send(request("GET", server.url()));
  std::this_thread::sleep_for(milliseconds(1'200));
  reads_on = true;
  EXPECT_EQ(response.read_body(100), "abcdef");
}

TEST(Retry, TheDeadlineEndsItAll) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    if (request.target == "/busy") return void(connection.send(answer(503, "", "Retry-After: 120\r\n")));
    connection.wait(std::chrono::seconds(120));
  });
  auto options = quick();
  options.stall_timeout = std::chrono::seconds(120);
  options.retry.longest_delay = std::chrono::seconds(120);
  Client client(options);
  const auto begun = std::chrono::steady_clock::now();
  auto silent = request("GET", server.url("/silent"));
  silent.deadline = milliseconds(100);
  EXPECT_THROW(client.send(silent), TransportError);
  auto busy = request("GET", server.url("/busy"));
  busy.deadline = std::chrono::seconds(60);
  EXPECT_EQ(client.send(busy).status, 503) << "the next attempt would come after the deadline";
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(50));
}

TEST(Retry, ABodyThatFailsIsTheCallersError) {
  class Broken : public Source {
   public:
    std::uint64_t size() const override { return 200'000; }
    std::unique_ptr<Reader> open() const override { return bytes_source("short")->open(); }
  };
  ScriptedServer server({answer(200)});
  Client client(quick());
  try {
    client.send(request("PUT", server.url(), std::make_shared<Broken>()));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupted);
  }
}

TEST(Retry, TheLogHoldsEachAttemptAndNoSecret) {
  ScriptedServer server({answer(503), answer(200)});
  std::vector<RequestLogEntry> entries;
  auto options = quick();
  options.log = [&](const RequestLogEntry& entry) { entries.push_back(entry); };
  Client client(options);
  auto url = server.url("/key?X-Amz-Signature=hunter2");
  url.insert(7, "me:hunter2@");
  auto put = request("PUT", url, bytes_source("body"));
  put.headers.add("Authorization", "Bearer hunter2");
  client.send(put);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].status, 503);
  EXPECT_EQ(entries[0].attempt, 1);
  EXPECT_EQ(entries[1].status, 200);
  EXPECT_EQ(entries[1].method, "PUT");
  EXPECT_GT(entries[1].bytes_sent, 50u);
  EXPECT_GT(entries[1].duration.count(), 0);
  for (const auto& entry : entries) {
    EXPECT_THAT(entry.url, HasSubstr("/key?X-Amz-Signature=..."));
    EXPECT_THAT(entry.url + entry.failure, Not(HasSubstr("hunter2")));
  }
}

TEST(Retry, WhatIsNotHttpIsNamed) {
  ScriptedServer server({"SSH-2.0-OpenSSH_9.2\r\n"});
  Client client(quick());
  try {
    client.send(request("GET", server.url()));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("not HTTP"));
  }
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Retry, BackoffGrowsWithFullJitter) {
  const RetryPolicy policy{
      .attempts = 9, .first_delay = milliseconds(50), .longest_delay = milliseconds(300)};
  EXPECT_EQ(backoff(policy, 1, 50), milliseconds(50));
  EXPECT_EQ(backoff(policy, 1, 51), milliseconds(0));
  EXPECT_EQ(backoff(policy, 3, 200), milliseconds(200));
  EXPECT_EQ(backoff(policy, 60, 300), milliseconds(300));
  EXPECT_EQ(backoff(policy, 60, 301), milliseconds(0));
  EXPECT_EQ(backoff({.attempts = 2, .first_delay = {}, .longest_delay = {}}, 1, 7), milliseconds(0));
}

TEST(Retry, RetryAfterIsSecondsOrADate) {
  const auto moment = *parse_http_date("Sat, 21 Nov 2026 09:18:25 GMT");
  EXPECT_EQ(parse_retry_after(" 7 ", moment), milliseconds(7'000));
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 09:18:30 GMT", moment), milliseconds(5'000));
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 09:18:00 GMT", moment), milliseconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999999999", moment), std::chrono::hours(24));
  EXPECT_EQ(parse_retry_after("soon", moment), std::nullopt);
  EXPECT_EQ(parse_retry_after("-1", moment), std::nullopt);
  EXPECT_EQ(parse_retry_after("", moment), std::nullopt);
}

}  // namespace
}  // namespace wheelyard::http
