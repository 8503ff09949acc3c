#include "http_fixture.hpp"
#include "support/scratch_folder.hpp"
#include "tls_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::http {
namespace {

using ::testing::HasSubstr;
using wheelyard::testing::TlsServer;

void say(SSL* connection, std::string_view text) {
  SSL_write(connection, text.data(), static_cast<int>(text.size()));
}
void say_hello(SSL* connection) {
  say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  SSL_shutdown(connection);
}

class Tls : public ::testing::Test {
 protected:
  ClientOptions trusting(const TlsServer& server) {
    auto options = quick();
    options.ca_bundle = folder_.write("ca.pem", server.certificate());
    return options;
  }

  test_support::ScratchFolder folder_;
};

TEST_F(Tls, AnUnknownAuthorityIsNotTrustedNorTriedAgain) {
  TlsServer server(say_hello);
  Client client(quick());
  try {
    client.send(request("PUT", server.url(), bytes_source("x")));
    ADD_FAILURE() << "a certificate that nobody vouches for was accepted";
  } catch (const TransportError& error) {
    EXPECT_FALSE(error.may_have_acted());
    EXPECT_THAT(error.what(), HasSubstr("not trusted"));
    EXPECT_THAT(error.hint(), HasSubstr("AWS_CA_BUNDLE"));
  }
  EXPECT_EQ(server.handshakes_begun(), 1);
}

TEST_F(Tls, ABundleOrAFolderMakesItTrusted) {
  TlsServer server(say_hello);
  Client with_file(trusting(server));
  EXPECT_EQ(with_file.send(request("GET", server.url())).read_body(9), "hello");

  auto options = quick();
  options.ca_bundle = folder_.path();
  folder_.write(server.certificate_hash(), server.certificate());
  Client with_folder(options);
  EXPECT_EQ(with_folder.send(request("GET", server.url())).read_body(9), "hello");

  options = quick();
  options.verify_tls = false;
  Client careless(options);
  EXPECT_EQ(careless.send(request("GET", server.url())).read_body(9), "hello");
}

TEST_F(Tls, TheNameMustBeTheServers) {
  TlsServer server(say_hello);
  Client client(trusting(server));
  EXPECT_THROW(client.send(request("GET", server.url("localhost"))), TransportError);
}

TEST_F(Tls, ABundleThatCannotBeReadIsNamed) {
  TlsServer server(say_hello);
  auto options = quick();
  options.ca_bundle = folder_ / "none.pem";
  Client client(options);
  try {
    client.send(request("GET", server.url()));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("none.pem"));
    EXPECT_THAT(error.hint(), HasSubstr("ca_bundle"));
  }
}

TEST_F(Tls, PlainHttpIsNoTls) {
  ScriptedServer plain({answer(400)});
  plain.greet_with(answer(400));
  Client client(quick());
  try {
    client.send(request("GET", "https" + plain.url().substr(4)));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_FALSE(error.may_have_acted());
    EXPECT_THAT(error.hint(), HasSubstr("plain http"));
  }
}

TEST_F(Tls, AConnectionThatBreaksDuringAnUploadIsNoSignal) {
  TlsServer server([](SSL* connection) {
    say(connection, "HTTP/1.1 100 Continue\r\n\r\n");
    const linger at_once{1, 0};
    ::setsockopt(SSL_get_fd(connection), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  Client client(trusting(server));
  try {
    client.send(request("PUT", server.url(), bytes_source(std::string(20'000'000, 'x'))));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_TRUE(error.may_have_acted());
  }
  EXPECT_EQ(server.handshakes_begun(), 3);
}

}  // namespace
}  // namespace wheelyard::http
