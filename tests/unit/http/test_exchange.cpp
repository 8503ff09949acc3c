#include "http_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::http {
namespace {

using ::testing::HasSubstr;

TEST(Exchange, ConnectionsAreKept) {
  ScriptedServer server({answer(200, "hello", "ETag: \"x\"\r\n"), answer(204), answer(404, "no")});
  Client client(quick());
  auto first = client.send(request("GET", server.url("/a/../b%2F?x=1")));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("etag"), "\"x\"");
  EXPECT_EQ(first.content_length, 5u);
  EXPECT_EQ(first.read_body(5), "hello");
  EXPECT_EQ(client.send(request("DELETE", server.url())).status, 204);
  EXPECT_EQ(client.send(request("PUT", server.url("/k"), bytes_source("body"))).read_body(9), "no");

  EXPECT_EQ(server.connections(), 1);
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].target, "/a/../b%2F?x=1");
  EXPECT_EQ(seen[1].method, "DELETE");
  EXPECT_EQ(seen[2].body, "body");
  EXPECT_EQ(seen[2].header("Content-Length"), "4");
  EXPECT_EQ(seen[2].header("Content-Type"), "");
  EXPECT_EQ(seen[2].header("Expect"), "");
  EXPECT_EQ(seen[2].header("User-Agent"), "wheelyard");
}

TEST(Exchange, RequestsAreSentAsTheyWereGiven) {
  ScriptedServer server({answer(200)});
  Client client(quick());
  auto put = request("PUT", server.url("/p"));
  put.headers.add("X-Empty", "");
  put.headers.add("Content-Type", "text/plain");
  put.headers.add("Host", "bucket.example");
  client.send(put);
  client.send(request("POST", server.url("/q"), bytes_source("")));
  client.send(request("HEAD", server.url("/h")));
  const auto seen = server.requests();
  EXPECT_EQ(seen[0].header("Content-Length"), "0");
  EXPECT_THAT(seen[0].head, HasSubstr("X-Empty:\r\n"));
  EXPECT_EQ(seen[0].header("Content-Type"), "text/plain");
  EXPECT_EQ(seen[0].header("Host"), "bucket.example");
  EXPECT_EQ(seen[1].header("Content-Length"), "0");
  EXPECT_EQ(seen[2].method, "HEAD");
  EXPECT_EQ(seen[2].header("Content-Length"), "");
}

TEST(Exchange, AHeadAnswerHasALengthAndNoBody) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
  });
  Client client(quick());
  auto head = client.send(request("HEAD", server.url()));
  EXPECT_EQ(head.content_length, 12345u);
  EXPECT_EQ(head.read_body(0), "");
  client.send(request("HEAD", server.url()));
  EXPECT_EQ(server.connections(), 1);
}

TEST(Exchange, HeadersThatCannotBeAreRefused) {
  Client client(quick());
  for (const auto& [name, value] : {std::pair{"A", "x\r\nB: y"}, {"A:b", "x"}, {"", "x"}, {"A\n", "x"}}) {
    auto bad = request("GET", "http://127.0.0.1:9/");
    bad.headers.add(name, value);
    EXPECT_THROW(client.send(bad), Error);
  }
  EXPECT_THROW(client.send(request("GET /x", "http://127.0.0.1:9/")), Error);
  EXPECT_THROW(client.send(request("GET", "ftp://127.0.0.1:9/")), Error);
}

TEST(Exchange, LargeBodiesStreamBothWays) {
  const std::string large(5'000'000, 'x');
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(answer(200, request.body));
  });
  Client client(quick());
  auto response = client.send(request("PUT", server.url(), bytes_source(large)));
  EXPECT_EQ(response.read_body(large.size()), large);
  EXPECT_EQ(server.requests()[0].header("Expect"), "100-continue");
  auto again = client.send(request("PUT", server.url(), bytes_source(large.substr(0, 200'000))));
  EXPECT_EQ(again.read_body(large.size()).size(), 200'000u);
  EXPECT_EQ(server.requests()[1].header("Expect"), "");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Exchange, ARefusalCostsNoUpload) {
  ScriptedServer server({answer(200)});
  server.answer_expectations_with(answer(412, "lost"));
  Client client(quick());
  auto response = client.send(request("PUT", server.url(), bytes_source(std::string(3'000'000, 'x'))));
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(response.read_body(10), "lost");
  EXPECT_EQ(server.requests()[0].body, "");
}

TEST(Exchange, AServerThatKnowsNoExpectIsSentTheBodyAnyway) {
  ScriptedServer server({answer(200, "ok")});
  server.answer_expectations_with(answer(417));
  Client client(quick());
  auto put = request("PUT", server.url(), bytes_source(std::string(3'000'000, 'x')));
  put.idempotent = false;
  auto response = client.send(put);
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.earlier_attempt_may_have_acted);
  EXPECT_EQ(server.requests().back().body.size(), 3'000'000u);
}

TEST(Exchange, ChunkedBodiesAndTrailers) {
  ScriptedServer server(
      {"HTTP/1.1 103 Early Hints\r\nX-Hint: h\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"});
  Client client(quick());
  for (int i = 0; i < 2; ++i) {
    auto response = client.send(request("GET", server.url()));
    EXPECT_EQ(response.content_length, std::nullopt);
    EXPECT_EQ(response.headers.find("X-Hint"), nullptr);
    EXPECT_EQ(response.headers.find("X-Trailer"), nullptr);
    EXPECT_EQ(response.read_body(5), "abcde");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(Exchange, BytesAfterTheAnswerAreNotTheNextOne) {
  ScriptedServer server({answer(200, "one") + answer(500, "evil"), answer(200, "two")});
  Client client(quick());
  EXPECT_EQ(client.send(request("GET", server.url())).read_body(9), "one");
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(client.send(request("GET", server.url())).read_body(9), "two");
}

TEST(Exchange, AShortBodyIsAnError) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
      connection.send(bytes);
      connection.close();
    });
    Client client(quick());
    auto response = client.send(request("GET", server.url("/k?sig=secret")));
    try {
      response.read_body(100);
      ADD_FAILURE() << "a short body was taken for whole";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unavailable);
      EXPECT_THAT(error.what(), HasSubstr("/k?sig=..."));
      EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("secret")));
    }
    EXPECT_THROW(response.read_body(100), Error) << "the error stays";
  }
}

TEST(Exchange, ContentLengthsThatMakeNoSenseAreRefused) {
  for (const char* fields : {"Content-Length: 5\r\nContent-Length: 7\r\n", "Content-Length: -1\r\n",
                             "Content-Length: 5x\r\n", "Content-Length: 99999999999999999999999\r\n"}) {
    ScriptedServer server({"HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nhello"});
    Client client(quick());
    EXPECT_THROW(client.send(request("GET", server.url())).read_body(100), Error) << fields;
  }
}

TEST(Exchange, HugeOrEndlessHeadersAreRefused) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    if (request.target == "/1500") {
      for (int i = 0; i < 1'500; ++i) connection.send("A: b\r\n");
      connection.send("\r\n");
      return connection.close();
    }
    const std::string value(1'000, 'x');
    const std::string line = request.target == "/many" ? "A: b\r\n" : "X-Long: " + value + "\r\n";
    while (connection.send(line)) {
    }
    connection.close();
  });
  Client client(quick());
  for (const char* path : {"/many", "/long", "/1500"}) {
    try {
      client.send(request("GET", server.url(path)));
      ADD_FAILURE();
    } catch (const TransportError& error) {
      EXPECT_THAT(error.what(), HasSubstr("headers"));
    }
  }
  EXPECT_EQ(server.requests().size(), 3u) << "not tried again: it would go the same way";
}

TEST(Exchange, AnEndlessBodyIsBoundedByItsReader) {
  std::atomic<std::size_t> sent{0};
  ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    while (connection.send(chunk)) sent += 0x10000;
    connection.close();
  });
  Client client(quick());
  {
    auto response = client.send(request("GET", server.url()));
    // What is in flight sits in the kernel's socket buffers and then no more is taken: this side does not
    // read.
    std::size_t in_flight = 0;
    int looks_alike = 0;
    for (int look = 0; look < 300 && looks_alike < 5; ++look) {
      std::this_thread::sleep_for(milliseconds(100));
      const std::size_t seen = sent;
      looks_alike = seen == in_flight ? looks_alike + 1 : 0;
      in_flight = seen;
    }
    EXPECT_EQ(looks_alike, 5) << "it still takes more, after " << in_flight << " bytes";
    EXPECT_THROW(response.read_body(1'000'000), Error);
  }
}

TEST(Exchange, ADribblingRestDoesNotHoldTheCaller) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 1000 && connection.send("x"); ++i) connection.wait(milliseconds(20));
    connection.close();
  });
  Client client(quick());
  const auto begun = std::chrono::steady_clock::now();
  client.send(request("GET", server.url()));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(Exchange, RedirectsAreAnswers) {
  ScriptedServer server({answer(302, "", "Location: /elsewhere\r\n")});
  Client client(quick());
  auto response = client.send(request("GET", server.url()));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.headers.get("Location"), "/elsewhere");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Exchange, AResponseOutlivesItsClient) {
  ScriptedServer server({answer(200, std::string(1'000'000, 'x'))});
  auto client = std::make_unique<Client>(quick());
  auto response = client->send(request("GET", server.url()));
  client.reset();
  EXPECT_EQ(response.read_body(1'000'000).size(), 1'000'000u);
}

TEST(Exchange, ProxiesOfTheOptionsAndTheEnvironment) {
  ScriptedServer proxy({answer(200, "proxied")});
  auto options = quick();
  options.proxy = proxy.url();
  Client explicit_proxy(options);
  EXPECT_EQ(explicit_proxy.send(request("GET", "http://bucket.invalid/k")).read_body(10), "proxied");
  EXPECT_EQ(proxy.requests()[0].target, "http://bucket.invalid/k");

  Client from_environment(quick());
  ::unsetenv("NO_PROXY");
  ::setenv("HTTP_PROXY", proxy.url().c_str(), 1);
  EXPECT_EQ(from_environment.send(request("GET", "http://bucket.invalid/k")).status, 200);
  options.direct = true;
  Client without_proxy(options);
  EXPECT_EQ(without_proxy.send(request("GET", proxy.url("/direct"))).status, 200);
  EXPECT_EQ(proxy.requests().back().target, "/direct") << "a proxy would be asked for the whole URL";
  ::setenv("NO_PROXY", "127.0.0.1", 1);
  ScriptedServer direct({answer(200, "direct")});
  EXPECT_EQ(from_environment.send(request("GET", direct.url())).read_body(10), "direct");
  ::unsetenv("HTTP_PROXY");
}

TEST(Exchange, AProxyThatIsNotThereIsBlamed) {
  const ClosedPort gone;
  auto options = quick();
  options.proxy = gone.url("user:hunter2@");
  Client client(options);
  try {
    client.send(request("GET", "http://bucket.invalid/"));
    ADD_FAILURE();
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the proxy"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("hunter2")));
    EXPECT_FALSE(error.may_have_acted());
  }
}

TEST(Exchange, ManyThreadsShareAClient) {
  ScriptedServer server([](const ScriptedRequest& request, ScriptedConnection& connection) {
    connection.send(answer(200, request.target + ":" + request.body));
  });
  Client client(quick());
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
          const std::string body(static_cast<std::size_t>(i * 100), 'x');
          auto response = client.send(request("PUT", server.url(path), bytes_source(body)));
          if (response.read_body(10'000) == path + ":" + body) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 16 * 50);
  EXPECT_LE(server.connections(), 16);
}

}  // namespace
}  // namespace wheelyard::http
