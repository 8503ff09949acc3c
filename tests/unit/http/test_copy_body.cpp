#include <stdexcept>

#include "http_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::http {
namespace {

using ::testing::HasSubstr;

/// Keeps what it is given.
struct Collector : ByteSink {
  void write(std::string_view more) override {
    EXPECT_FALSE(more.empty());
    largest = std::max(largest, more.size());
    bytes += more;
  }
  std::string bytes;
  std::size_t largest = 0;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

TEST(CopyBody, AllOfItInOrderWhateverWasReadBefore) {
  const std::string large = pattern(3'000'001);
  ScriptedServer server({answer(200, large)});
  Client client(quick());
  for (const std::size_t before : {0u, 1u, 100'000u}) {
    auto response = client.send(request("GET", server.url()));
    std::string head(before, '\0');
    for (std::size_t done = 0; done < before;) {
      done += response.body->read(head.data() + done, before - done);
    }
    Collector rest;
    EXPECT_EQ(response.body->copy_to(rest), large.size() - before);
    EXPECT_EQ(head + rest.bytes, large) << before;
    EXPECT_LE(rest.largest, 512u * 1024);
    EXPECT_EQ(response.body->copy_to(rest), 0u);
    EXPECT_EQ(response.body->read(head.data(), 1), 0u);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CopyBody, SmallEmptyAndChunkedBodies) {
  ScriptedServer server(
      {answer(200, "small"), answer(200),
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
  Client client(quick());
  for (const char* expected : {"small", "", "abcde"}) {
    Collector all;
    client.send(request("GET", server.url())).body->copy_to(all);
    EXPECT_EQ(all.bytes, expected);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CopyBody, ABodyThatBreaksOffIsAnErrorAfterItsBytes) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'x'));
    connection.close();
  });
  Client client(quick());
  Collector some;
  auto response = client.send(request("GET", server.url()));
  try {
    response.body->copy_to(some);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("after 50000 of 100000 bytes"));
  }
  EXPECT_EQ(some.bytes.size(), 50'000u);
}

TEST(CopyBody, ASilentServerIsGivenUp) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc");
    connection.wait(milliseconds(60'000));
  });
  auto options = quick();
  options.stall_timeout = milliseconds(500);
  Client client(options);
  Collector some;
  auto response = client.send(request("GET", server.url()));
  EXPECT_THROW(response.body->copy_to(some), Error);
  EXPECT_EQ(some.bytes, "abc");
}

TEST(CopyBody, WhatTheSinkThrowsEndsIt) {
  struct Full : ByteSink {
    void write(std::string_view more) override {
      taken += more.size();
      if (taken > limit) throw std::runtime_error("disk full");
    }
    std::size_t taken = 0;
    std::size_t limit = 0;
  };
  ScriptedServer server({answer(200, pattern(5'000'000))});
  Client client(quick());
  for (const std::size_t limit : {0u, 1'000'000u}) {
    Full sink;
    sink.limit = limit;
    auto response = client.send(request("GET", server.url()));
    EXPECT_THROW(response.body->copy_to(sink), std::runtime_error);
    EXPECT_LT(sink.taken, 2'000'000u);
  }
  // The connections that were left in the middle carry nothing else.
  Collector all;
  EXPECT_EQ(client.send(request("GET", server.url())).body->copy_to(all), 5'000'000u);
}

}  // namespace
}  // namespace wheelyard::http
