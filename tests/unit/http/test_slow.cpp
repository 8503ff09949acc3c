#include "http_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::http {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

ClientOptions impatient() {
  auto options = quick();
  options.least_speed = 10'000;
  options.slow_time = milliseconds(300);
  options.retry.attempts = 1;
  return options;
}

/// Some bytes every 20 ms, for ever.
void dribble(ScriptedConnection& connection, std::string_view piece) {
  while (connection.send(piece)) connection.wait(milliseconds(20));
}

TEST(Slow, ABodyThatDribblesIsGivenUp) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    dribble(connection, "x");
  });
  Client client(impatient());
  auto response = client.send(request("GET", server.url()));
  const auto begun = steady_clock::now();
  try {
    response.read_body(1'000'000);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("more slowly than 10000 bytes a second"));
  }
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(Slow, ASteadyBodyIsNot) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 50; ++i) {
      connection.send(std::string(20'000, 'x'));
      connection.wait(milliseconds(20));
    }
  });
  auto options = impatient();
  options.slow_time = milliseconds(600);  // one piece in this time is enough
  Client client(options);
  EXPECT_EQ(client.send(request("GET", server.url())).read_body(1'000'000).size(), 1'000'000u);
}

TEST(Slow, AnAnswerWithoutALengthMayTakeLongerButNotForEver) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const bool endless = request.target == "/endless";
    for (int i = 0; endless || i < 50; ++i) {
      if (!connection.send("1\r\n \r\n")) return;
      connection.wait(milliseconds(20));
    }
    connection.send("4\r\ndone\r\n0\r\n\r\n");
  });
  auto options = impatient();
  options.slow_time = milliseconds(800);  // ten times that without a length
  Client patient(options);
  EXPECT_THAT(patient.send(request("GET", server.url())).read_body(1'000), HasSubstr("done"));
  options.slow_time = milliseconds(100);
  Client client(options);
  auto response = client.send(request("GET", server.url("/endless")));
  const auto begun = steady_clock::now();
  EXPECT_THROW(response.read_body(1'000'000), Error);
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(Slow, HeadersThatDribbleAreGivenUp) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    dribble(connection, "X: y\r\n");
  });
  auto options = impatient();
  options.slow_time = milliseconds(30);
  Client client(options);
  EXPECT_THROW(client.send(request("GET", server.url())), TransportError);
}

/// Takes one connection, and a few bytes of it now and then.
class SluggishServer {
 public:
  SluggishServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      const int socket = ::accept(listener_, nullptr, nullptr);
      char buffer[100];
      while (!stopping_ && ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT) != 0) {
        std::this_thread::sleep_for(milliseconds(20));
      }
      ::close(socket);
    });
  }
  ~SluggishServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  SluggishServer(const SluggishServer&) = delete;
  SluggishServer& operator=(const SluggishServer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

TEST(Slow, AnUploadThatTheServerHardlyTakesIsGivenUp) {
  SluggishServer server;
  auto options = impatient();
  options.stall_timeout = seconds(120);
  Client client(options);
  const auto begun = steady_clock::now();
  try {
    client.send(request("PUT", server.url(), bytes_source(std::string(50'000'000, 'x'))));
    FAIL() << "no error";
  } catch (const TransportError& error) {
    EXPECT_TRUE(error.may_have_acted());
    EXPECT_THAT(error.what(), HasSubstr("more slowly"));
  }
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(Slow, ACallerOrASourceThatTakesItsTimeIsNoSlowConnection) {
  const std::string body(3'000'000, 'x');
  ScriptedServer server(
      [&](const ScriptedRequest&, ScriptedConnection& connection) { connection.send(answer(200, body)); });
  auto options = impatient();
  options.slow_time = milliseconds(600);
  Client client(options);
  auto response = client.send(request("GET", server.url()));
  std::string buffer(1'000, '\0');
  std::size_t read = response.body->read(buffer.data(), buffer.size());
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(milliseconds(200));
    read += response.body->read(buffer.data(), buffer.size());
  }
  EXPECT_EQ(read + response.read_body(body.size()).size(), body.size());

  struct SlowSource : Source {
    struct SlowReader : Reader {
      std::size_t read(char* to, std::size_t) override {
        std::this_thread::sleep_for(milliseconds(80));
        *to = 'x';
        return 1;
      }
    };
    std::uint64_t size() const override { return 12; }
    std::unique_ptr<Reader> open() const override { return std::make_unique<SlowReader>(); }
  };
  EXPECT_EQ(client.send(request("PUT", server.url(), std::make_shared<SlowSource>())).status, 200);
}

}  // namespace
}  // namespace wheelyard::http
