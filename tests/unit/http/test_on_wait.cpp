#include <atomic>
#include <chrono>
#include <stdexcept>

#include "http_fixture.hpp"
#include <gtest/gtest.h>

namespace wheelyard::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

struct GivenUp : std::runtime_error {
  GivenUp() : std::runtime_error("given up") {}
};

ClientOptions giving_up() {
  auto options = quick();
  options.stall_timeout = seconds(60);
  options.on_wait = [] { throw GivenUp(); };
  return options;
}

TEST(OnWait, EndsAWaitForTheHeaders) {
  ScriptedServer server(
      [](const ScriptedRequest&, ScriptedConnection& connection) { connection.wait(seconds(30)); });
  Client client(giving_up());
  const auto begun = steady_clock::now();
  EXPECT_THROW(client.send(request("GET", server.url())), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(20));
}

TEST(OnWait, EndsAWaitForTheBody) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    connection.wait(seconds(30));
  });
  Client client(giving_up());
  const auto begun = steady_clock::now();
  auto response = client.send(request("GET", server.url()));
  EXPECT_THROW(response.read_body(100), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(20));
}

TEST(OnWait, EndsTheWaitForTheNextAttempt) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send(answer(500, "", "Retry-After: 30\r\n"));
  });
  auto options = giving_up();
  options.pacer = nullptr;
  options.retry.attempts = 3;
  options.retry.longest_delay = seconds(30);
  Client client(options);
  const auto begun = steady_clock::now();
  EXPECT_THROW(client.send(request("GET", server.url())), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(20));
}

TEST(OnWait, IsCalledWhileItWaitsAndTheAnswerStillComes) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.wait(milliseconds(700));
    connection.send(answer(200, "late"));
  });
  auto options = quick();
  options.stall_timeout = seconds(60);
  std::atomic<int> calls = 0;
  options.on_wait = [&calls] { ++calls; };
  Client client(options);
  EXPECT_EQ(client.send(request("GET", server.url())).read_body(100), "late");
  EXPECT_GE(calls, 2);
  EXPECT_LE(calls, 5);
}

}  // namespace
}  // namespace wheelyard::http
