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
  options.stall_timeout = seconds(120);
  options.on_wait = [] { throw GivenUp(); };
  return options;
}

TEST(OnWait, EndsAWaitForTheHeaders) {
  ScriptedServer server(
      [](const ScriptedRequest&, ScriptedConnection& connection) { connection.wait(seconds(120)); });
  Client client(giving_up());
  const auto begun = steady_clock::now();
  EXPECT_THROW(client.send(request("GET", server.url())), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(OnWait, EndsAWaitForTheBody) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    connection.wait(seconds(120));
  });
  Client client(giving_up());
  const auto begun = steady_clock::now();
  auto response = client.send(request("GET", server.url()));
  EXPECT_THROW(response.read_body(100), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(OnWait, EndsTheWaitForTheNextAttempt) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send(answer(500, "", "Retry-After: 120\r\n"));
  });
  auto options = giving_up();
  options.pacer = nullptr;
  options.retry.attempts = 3;
  options.retry.longest_delay = seconds(120);
  Client client(options);
  const auto begun = steady_clock::now();
  EXPECT_THROW(client.send(request("GET", server.url())), GivenUp);
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(OnWait, IsCalledWhileItWaitsAndTheAnswerStillComes) {
  std::atomic<int> calls = 0;
  ScriptedServer server([&calls](const ScriptedRequest&, ScriptedConnection& connection) {
    for (int i = 0; i < 3'000 && calls < 3; ++i) connection.wait(milliseconds(10));
    connection.send(answer(200, "late"));
  });
  auto options = quick();
  options.stall_timeout = seconds(120);
  options.on_wait = [&calls] { ++calls; };
  Client client(options);
  const auto begun = steady_clock::now();
  EXPECT_EQ(client.send(request("GET", server.url())).read_body(100), "late");
  EXPECT_GE(calls, 3);
  // Some times a second, not at each turn.
  EXPECT_LE(calls, 1 + (steady_clock::now() - begun) / milliseconds(150));
}

}  // namespace
}  // namespace wheelyard::http
