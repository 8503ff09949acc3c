#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.hpp"
#include "served_repository.hpp"
#include "support/forwarding_store.hpp"
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::test {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// A door that readers of BigFile stand before.
struct Door {
  void open() {
    {
      const std::lock_guard lock(mutex);
      is_open = true;
    }
    changed.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait_for(lock, 60s, [&] { return is_open; });
    --waiting;
  }
  void wait_for_visitor() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, 60s, [&] { return waiting > 0; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool is_open = false;
};

std::atomic<int> open_readers = 0;

/// Bytes without end or fault, save where the key says otherwise.
class BigFile : public Reader {
 public:
  BigFile(std::string key, std::uint64_t length, Door* door)
      : key_(std::move(key)), left_(length), door_(door) {
    ++open_readers;
  }
  ~BigFile() override { --open_readers; }

  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min<std::uint64_t>(capacity, left_);
    if (given_ >= 1'000'000) {
      if (key_.find("breaks") != std::string::npos) {
        throw Error(ErrorCode::unavailable, "read", key_, "the connection broke");
      }
      if (key_.find("short") != std::string::npos) return 0;
      if (key_.find("waits") != std::string::npos) door_->pass();
    }
    std::fill_n(buffer, count, 'x');
    left_ -= count;
    given_ += count;
    return count;
  }

 private:
  std::string key_;
  std::uint64_t left_;
  std::uint64_t given_ = 0;
  Door* door_;
};

Door* current_door = nullptr;
constexpr std::uint64_t big_size = 50'000'000;

/// A store whose wheels are big: what `get` gives for them is made as it is read.
class BigStore : public test_support::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  store::GetResult get(const std::string& key, const store::GetOptions& options) override {
    auto result = ForwardingStore::get(key, options);
    if (!key.ends_with(".whl")) return result;
    result.info.size = result.length = big_size;
    result.body = std::make_unique<BigFile>(key, big_size, current_door);
    return result;
  }
};

class Lifetime : public testing::Test {
 protected:
  Lifetime() {
    current_door = &door;
    repository = std::make_unique<ServedRepository>(
        server::ServerOptions{}, "",
        [](std::shared_ptr<store::ObjectStore> inner) -> std::shared_ptr<store::ObjectStore> {
          return std::make_shared<BigStore>(std::move(inner));
        });
    repository->add_project("acme", {{"whole-1.0-py3-none-any.whl", "x"},
                                     {"breaks-1.0-py3-none-any.whl", "x"},
                                     {"short-1.0-py3-none-any.whl", "x"},
                                     {"waits-1.0-py3-none-any.whl", "x"}});
  }
  ~Lifetime() override {
    door.open();
    repository.reset();
    EXPECT_EQ(open_readers, 0);
  }

  static std::string path(const std::string& name) { return "/files/acme/" + name + "-1.0-py3-none-any.whl"; }

  Door door;
  std::unique_ptr<ServedRepository> repository;
};

TEST_F(Lifetime, AStoreThatBreaksInTheMiddleIsSeenByTheClient) {
  for (const char* name : {"breaks", "short"}) {
    const auto answer = get(repository->port(), path(name));
    EXPECT_EQ(answer.status, 200) << name;
    EXPECT_EQ(answer.header("content-length"), std::to_string(big_size));
    EXPECT_FALSE(answer.whole) << name;
    EXPECT_LT(answer.body.size(), 3'000'000u);
    repository->log_of(name == std::string("breaks") ? 1 : 2);  // a line comes after its answer
  }
  const auto log = repository->log_of(2);
  ASSERT_EQ(log.size(), 2u);
  EXPECT_NE(log[0].note.find("the connection broke"), std::string::npos);
  EXPECT_NE(log[1].note.find("fewer bytes"), std::string::npos);
}

TEST_F(Lifetime, ClientsThatVanishLeaveNothingBehind) {
  for (int i = 0; i < 50; ++i) {
    RawConnection connection(repository->port());
    connection.send("GET " + path("whole") + " HTTP/1.1\r\nHost: x\r\n\r\n");
    if (i % 2 == 0) connection.receive(true);
    connection.reset();
  }
  for (int i = 0; i < 3000 && open_readers > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(open_readers, 0);
  EXPECT_TRUE(get(repository->port(), path("whole")).whole);
}

TEST_F(Lifetime, OneThatWaitsInTheStoreHoldsUpNobody) {
  RawConnection waiting(repository->port());
  waiting.send("GET " + path("waits") + " HTTP/1.1\r\nHost: x\r\n\r\n");
  door.wait_for_visitor();
  const auto began = SteadyClock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get(repository->port(), "/simple/acme/").status, 200);
  EXPECT_LT(SteadyClock::now() - began, 50s);
  door.open();
  EXPECT_TRUE(waiting.receive().whole);
}

TEST_F(Lifetime, StoppingLetsAnswersEnd) {
  RawConnection waiting(repository->port());
  waiting.send("GET " + path("waits") + " HTTP/1.1\r\nHost: x\r\n\r\n");
  door.wait_for_visitor();
  const auto port = repository->port();
  std::thread reader([&] { EXPECT_TRUE(waiting.receive().whole); });
  std::thread opener([&] {
    std::this_thread::sleep_for(200ms);
    door.open();
  });
  EXPECT_TRUE(repository->server().stop(60s));
  reader.join();
  opener.join();
  EXPECT_THROW(RawConnection{port}, std::runtime_error);
  EXPECT_TRUE(repository->server().stop());
}

TEST_F(Lifetime, StoppingCutsAnswersWhenTheGraceIsOver) {
  RawConnection slow(repository->port());
  slow.send("GET " + path("whole") + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(slow.receive(true).status, 200);  // and reads no more than its beginning
  const auto began = SteadyClock::now();
  EXPECT_TRUE(repository->server().stop(100ms));
  EXPECT_LT(SteadyClock::now() - began, 20s);
  EXPECT_LT(slow.drain(), big_size);
  const auto log = repository->log_of(1);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].note, "the server stopped");
}

TEST_F(Lifetime, StoppingDoesNotWaitForAStoreThatHangs) {
  RawConnection waiting(repository->port());
  waiting.send("GET " + path("waits") + " HTTP/1.1\r\nHost: x\r\n\r\n");
  door.wait_for_visitor();
  const auto began = SteadyClock::now();
  EXPECT_FALSE(repository->server().stop(50ms));
  EXPECT_LT(SteadyClock::now() - began, 20s);
  door.open();
  for (int i = 0; i < 3000 && open_readers > 0; ++i) std::this_thread::sleep_for(10ms);
}

TEST_F(Lifetime, IdleConnectionsDoNotHoldUpTheStop) {
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<RawConnection>(repository->port()));
  EXPECT_EQ(idle[0]->get("/healthz").status, 200);
  const auto began = SteadyClock::now();
  EXPECT_TRUE(repository->server().stop(60s));
  EXPECT_LT(SteadyClock::now() - began, 20s);
}

TEST(Server, ManyIdleConnectionsKeepNobodyOut) {
  server::ServerOptions options;
  options.max_connections = 32;
  ServedRepository repository(options);
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<RawConnection>(repository.port()));
    if (i % 3 == 0) idle.back()->send("GET /simple/ac");
    if (i % 10 == 9) {
      EXPECT_EQ(get(repository.port(), "/healthz").status, 200) << i;
    }
  }
  EXPECT_TRUE(idle[0]->ended_within_ms(30'000));
}

TEST(Server, AThousandIdleConnections) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &limit);
  // Both ends of each are open here: fewer, where that many files may not be open.
  const int count = static_cast<int>(std::min<rlim_t>(1000, limit.rlim_cur / 2 - 60));
  ServedRepository repository;
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < count; ++i) {
    idle.push_back(std::make_unique<RawConnection>(repository.port()));
    if (i % 2 == 0) idle.back()->send("GET / HT");
  }
  const auto began = SteadyClock::now();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(get(repository.port(), "/healthz").status, 200);
  EXPECT_LT(SteadyClock::now() - began, 50s) << "one that waits for an idle one never ends";
}

TEST(Server, ManyClientsAtOnce) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", std::string(300'000, 'x')}});
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back([&] {
      RawConnection connection(repository.port());
      for (int j = 0; j < 20; ++j) {
        const auto page = connection.get("/simple/acme/");
        const auto file = connection.get("/files/acme/acme-1.0-py3-none-any.whl");
        good += page.status == 200 && file.body.size() == 300'000 ? 1 : 0;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 32 * 20);
}

TEST(Server, TakenPort) {
  ServedRepository first;
  server::ServerOptions options;
  options.port = first.port();
  try {
    ServedRepository second(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_NE(std::string(error.what()).find(std::to_string(first.port())), std::string::npos);
    EXPECT_NE(error.hint().find("--port"), std::string::npos);
  }
}

TEST(Server, HostThatIsNotOurs) {
  // A label of more than 63 letters is no name, whatever the network makes of names.
  for (const std::string& host : {std::string("192.0.2.1"), std::string(70, 'x') + ".invalid"}) {
    server::ServerOptions options;
    options.host = host;
    try {
      ServedRepository repository(options);
      FAIL() << host;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << host;
    }
  }
}

TEST(Server, OverIpv6) {
  server::ServerOptions options;
  options.host = "::1";
  std::unique_ptr<ServedRepository> repository;
  try {
    repository = std::make_unique<ServedRepository>(options);
  } catch (const Error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  EXPECT_EQ(repository->server().index_url(),
            "http://[::1]:" + std::to_string(repository->port()) + "/simple/");
  RawConnection connection(repository->port(), true);
  EXPECT_EQ(connection.get("/healthz").status, 200);
  EXPECT_TRUE(repository->log_of(1)[0].client.starts_with("[::1]:"));
}

}  // namespace
}  // namespace wheelyard::test
