#include "wheelyard/server/connection_table.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wheelyard::server {
namespace {

using namespace std::chrono_literals;

/// Both ends of a connection.
struct Pair {
  Pair() { socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }
  ~Pair() {
    close(ends[0]);
    close(ends[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  bool is_shut(int longest_ms = 0) const {
    pollfd waited{ends[1], POLLIN, 0};
    char byte = 0;
    return poll(&waited, 1, longest_ms) > 0 && recv(ends[1], &byte, 1, MSG_PEEK) == 0;
  }
  int ends[2] = {-1, -1};
};

TEST(ConnectionTable, ShutsWhatNeverAsks) {
  ConnectionTable table({10, 1s, 60s});
  Pair silent;
  Pair busy;
  Pair quiet;
  for (const Pair* pair : {&silent, &busy, &quiet}) table.opened(pair->ends[0]);
  table.request_begun(busy.ends[0]);
  table.request_begun(quiet.ends[0]);
  table.request_ended(quiet.ends[0]);
  EXPECT_TRUE(silent.is_shut(30'000));
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(busy.is_shut());
  EXPECT_FALSE(quiet.is_shut());
  for (const Pair* pair : {&silent, &busy, &quiet}) table.closed(pair->ends[0]);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ConnectionTable, ShutsWhatAsksNoMore) {
  ConnectionTable table({10, 60s, 100ms});
  Pair pair;
  table.opened(pair.ends[0]);
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(pair.is_shut());
  table.request_begun(pair.ends[0]);
  table.request_ended(pair.ends[0]);
  EXPECT_TRUE(pair.is_shut(30'000));
  table.closed(pair.ends[0]);
}

TEST(ConnectionTable, TheLongestWaitingMakesRoom) {
  ConnectionTable table({8, 60s, 60s});
  std::vector<Pair> pairs(10);
  for (int i = 0; i < 8; ++i) table.opened(pairs[i].ends[0]);
  table.request_begun(pairs[0].ends[0]);
  EXPECT_FALSE(pairs[1].is_shut());
  table.opened(pairs[8].ends[0]);
  EXPECT_FALSE(pairs[0].is_shut());
  EXPECT_TRUE(pairs[1].is_shut());
  EXPECT_FALSE(pairs[2].is_shut());
  table.closed(pairs[1].ends[0]);
  table.opened(pairs[9].ends[0]);
  EXPECT_TRUE(pairs[2].is_shut());
  for (const Pair& pair : pairs) table.closed(pair.ends[0]);
}

TEST(ConnectionTable, WhereAllRunTheNewcomerIsShut) {
  ConnectionTable table({2, 60s, 60s});
  std::vector<Pair> pairs(3);
  for (int i = 0; i < 2; ++i) {
    table.opened(pairs[i].ends[0]);
    table.request_begun(pairs[i].ends[0]);
  }
  table.opened(pairs[2].ends[0]);
  EXPECT_FALSE(pairs[0].is_shut());
  EXPECT_TRUE(pairs[2].is_shut());
  for (const Pair& pair : pairs) table.closed(pair.ends[0]);
}

TEST(ConnectionTable, Quiet) {
  ConnectionTable table({8, 60s, 60s});
  Pair pair;
  table.opened(pair.ends[0]);
  EXPECT_TRUE(table.wait_until_quiet(0ms));
  table.request_begun(pair.ends[0]);
  EXPECT_EQ(table.running(), 1u);
  EXPECT_FALSE(table.wait_until_quiet(20ms));
  std::thread ender([&] {
    std::this_thread::sleep_for(50ms);
    table.request_ended(pair.ends[0]);
  });
  EXPECT_TRUE(table.wait_until_quiet(60s));
  ender.join();
  table.request_begun(pair.ends[0]);
  table.closed(pair.ends[0]);
  EXPECT_EQ(table.running(), 0u);
}

}  // namespace
}  // namespace wheelyard::server
