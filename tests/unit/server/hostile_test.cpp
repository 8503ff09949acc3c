#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.hpp"
#include "served_repository.hpp"
#include <gtest/gtest.h>

namespace wheelyard::test {
namespace {

using namespace std::string_literals;

class Hostile : public testing::Test {
 protected:
  Hostile() { repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}}); }
  ~Hostile() override { EXPECT_EQ(get(repository.port(), "/simple/acme/").status, 200); }

  RawResponse send(const std::string& bytes) {
    RawConnection connection(repository.port());
    connection.send(bytes);
    return connection.receive();
  }

  ServedRepository repository;
};

TEST_F(Hostile, Paths) {
  for (const std::string& path : {"/simple/../../../etc/passwd"s,
                                  "/simple/%2e%2e/%2e%2e/etc/passwd"s,
                                  "/files/acme/..%2f..%2findex.json"s,
                                  "/files/acme/%2e%2e"s,
                                  "/files/%2e%2e/index.json"s,
                                  "/files/acme/%00"s,
                                  "/simple/acme%00/"s,
                                  "/simple/%"s,
                                  "/simple/%zz/"s,
                                  "//etc/passwd"s,
                                  "/simple/acme/../../.wheelyard/"s,
                                  "/simple/\x7f"s,
                                  "/simple/\xff\xfe/"s,
                                  "/files/acme/acme-1.0-py3-none-any.whl/.."s,
                                  "/simple/acme;x/"s,
                                  "/simple/%C0%AE%C0%AE/"s,
                                  "*"s,
                                  "simple/"s,
                                  "http://127.0.0.1/simple/acme/"s,
                                  "http://elsewhere.example/"s,
                                  "/simple/" + std::string(7000, 'a') + "!/"}) {
    const auto answer = get(repository.port(), path);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << path.substr(0, 60) << answer.status;
    EXPECT_EQ(answer.body.find("root:"), std::string::npos) << path;
  }
}

TEST_F(Hostile, Overlong) {
  const auto path = get(repository.port(), "/simple/" + std::string(9000, 'a') + "/");
  EXPECT_TRUE(path.status >= 400 && path.status < 500) << path.status;
  const auto huge = send("GET /simple/" + std::string(200'000, 'a') + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(huge.status == 0 || (huge.status >= 400 && huge.status < 500)) << huge.status;
  const auto headers =
      send("GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nX: " + std::string(200'000, 'a') + "\r\n\r\n");
  EXPECT_TRUE(headers.status == 0 || (headers.status >= 400 && headers.status < 500)) << headers.status;
  const auto accept = get(repository.port(), "/simple/acme/", "Accept: " + std::string(20'000, ',') + "\r\n");
  EXPECT_EQ(accept.status, 200);
}

TEST_F(Hostile, Methods) {
  for (const char* method :
       {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"}) {
    const auto answer = send(method + " /simple/acme/ HTTP/1.1\r\nHost: x\r\n\r\n"s);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD") << method;
  }
  const auto upload = send("PUT /files/acme/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(upload.status, 405);
  EXPECT_EQ(repository.count("put"), 2);  // those of the fixture
}

TEST_F(Hostile, Garbage) {
  for (const std::string& bytes :
       {"\r\n\r\n\r\n"s, "GET\r\n\r\n"s,
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, '\0'),
        "GET /simple/acme/ HTTP/9.9\r\n\r\n"s, "GET /simple/acme/ HTTP/1.1\r\nHost x\r\n\r\n"s,
        "GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"s,
        "GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"s,
        "GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"s,
        std::string(4000, '\xff'), std::string(50'000, 'A'), "GET " + std::string(60'000, ' ')}) {
    RawConnection connection(repository.port());
    connection.send(bytes);
    connection.reset();
  }
}

TEST_F(Hostile, BodiesOfGetAreNotTakenForRequests) {
  RawConnection connection(repository.port());
  const std::string smuggled = "GET /files/acme/x HTTP/1.1\r\nHost: x\r\n\r\n";
  connection.send(
      "GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) +
      "\r\n\r\n" + smuggled + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(connection.receive().status, 200);
  EXPECT_EQ(connection.receive().body, "ok\n");
}

TEST_F(Hostile, EndlessBodiesEndTheConnection) {
  RawConnection connection(repository.port());
  connection.send("GET /simple/acme/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n");
  for (int i = 0; i < 64; ++i) connection.send(std::string(65536, 'x'));
  EXPECT_TRUE(connection.ended_within_ms(30'000));
}

TEST_F(Hostile, Pipelining) {
  RawConnection connection(repository.port());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "GET /simple/acme/ HTTP/1.1\r\nHost: x\r\n\r\n";
  connection.send(many);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(connection.receive().status, 200) << i;
}

TEST(HostileWithToken, NothingIsToldWithoutIt) {
  server::ServerOptions options;
  options.path_token = "0123456789abcdef0123456789abcdef";
  ServedRepository repository(options);
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}});
  const std::string base = "/" + options.path_token;
  EXPECT_EQ(repository.server().index_url(),
            "http://127.0.0.1:" + std::to_string(repository.port()) + base + "/simple/");
  EXPECT_EQ(get(repository.port(), base + "/simple/acme/").status, 200);
  EXPECT_EQ(get(repository.port(), base + "/files/acme/acme-1.0-py3-none-any.whl").body, "bytes");
  EXPECT_EQ(get(repository.port(), base + "/simple/Acme").header("location"), base + "/simple/acme/");
  EXPECT_EQ(get(repository.port(), base + "/").header("location"), base + "/simple/");
  const auto unknown = get(repository.port(), "/nothing/");
  for (const char* path : {"/simple/acme/", "/healthz", "/", "/files/acme/acme-1.0-py3-none-any.whl",
                           "/0123456789abcdef0123456789abcdeF/simple/acme/"}) {
    const auto answer = get(repository.port(), path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, unknown.body) << path;
  }
  for (const auto& entry : repository.log_of(10)) {
    EXPECT_EQ((entry.path + entry.note).find(options.path_token), std::string::npos);
  }
}

}  // namespace
}  // namespace wheelyard::test
