// The hooks and latencies of the memory store, and the helpers over any store.
#include "wheelyard/store/memory/memory_store.hpp"

#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::store {
namespace {

using ::testing::ElementsAre;

TEST(MemoryStore, CountsEachRequest) {
  std::vector<std::string> seen;
  MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    seen.push_back(std::string(operation) + " " + std::string(key));
  };
  auto store = make_memory_store(options);
  std::vector<std::string> keys;
  for (int index = 0; index < 1001; ++index) keys.push_back("k" + std::to_string(index));
  store->put("k0", nullptr);
  store->get("k0");
  store->head("k0");
  store->copy("k0", "k1");
  list_all(*store, "k");
  store->remove("k1");
  store->remove_many(keys);
  EXPECT_THAT(seen, ElementsAre("put k0", "get k0", "head k0", "copy k1", "list k", "remove k1",
                                "remove_many k0", "remove_many k1000"));
}

TEST(MemoryStore, AHookBeforeStopsTheOperationAndOneAfterLosesItsAnswer) {
  bool before = true;
  auto fail = [] { throw Error(ErrorCode::unavailable, "test", "test", "a fault on purpose"); };
  MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view) {
    if (before && operation == "put") fail();
  };
  options.after = [&](std::string_view operation, std::string_view) {
    if (!before && operation == "put") fail();
  };
  auto store = make_memory_store(options);
  EXPECT_THROW(store->put("a", nullptr), Error);
  EXPECT_FALSE(find_info(*store, "a").has_value());
  before = false;
  EXPECT_THROW(store->put("a", nullptr), Error);
  EXPECT_TRUE(find_info(*store, "a").has_value());
}

TEST(MemoryStore, TakesItsTime) {
  using std::chrono::milliseconds;
  auto store = make_memory_store({.put_latency = milliseconds(20)});
  auto begun = std::chrono::steady_clock::now();
  store->put("a", nullptr);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(20));
}

TEST(MemoryStore, GivesTheTimeOfItsClock) {
  auto time = *parse_rfc3339("2026-11-21T09:18:25Z");
  auto store = make_memory_store({.clock = [=] { return time; }});
  store->put("a", nullptr);
  EXPECT_EQ(store->head("a").last_modified, time);
}

/// A store whose every operation fails as it is told, beneath the defaults and helpers.
class FailingStore : public ObjectStore {
 public:
  explicit FailingStore(Error error) : error_(std::move(error)) {}
  PutResult put(const std::string&, const SourcePtr&, const PutOptions&) override { throw error_; }
  GetResult get(const std::string&, const GetOptions&) override { throw error_; }
  ObjectInfo head(const std::string&, const VendorHeaders&) override { throw error_; }
  std::unique_ptr<Lister> list(const ListOptions&) override { throw error_; }
  void remove(const std::string& key) override {
    removed.push_back(key);
    if (key != "good") throw Error(ErrorCode::unavailable, "remove", key, "on purpose");
  }
  PutResult copy(const std::string&, const std::string&, const CopyOptions&) override { throw error_; }
  std::string describe(std::string_view key) const override { return "failing:" + std::string(key); }

  std::vector<std::string> removed;

 private:
  Error error_;
};

TEST(Helpers, OnlyNotFoundIsAbsence) {
  using enum ErrorCode;
  for (ErrorCode code : {permission_denied, unauthenticated, unavailable, corrupted, invalid_argument,
                         cancelled, already_exists, precondition_failed, unsupported}) {
    FailingStore store(Error(code, "read", "a", "on purpose"));
    EXPECT_THROW(find_bytes(store, "a", 1), Error) << to_string(code);
    EXPECT_THROW(find_info(store, "a"), Error) << to_string(code);
  }
  FailingStore absent(Error(not_found, "read", "a", "on purpose"));
  EXPECT_FALSE(find_bytes(absent, "a", 1).has_value());
  EXPECT_FALSE(find_info(absent, "a").has_value());
  FailingStore no_bucket(
      Error(not_found, {.doing = "read", .target = "a", .reason = "x", .server_code = "NoSuchBucket"}));
  EXPECT_THROW(find_bytes(no_bucket, "a", 1), Error);
  EXPECT_THROW(find_info(no_bucket, "a"), Error);
}

TEST(Helpers, RemovingManyTriesAllAndTellsOfTheFirst) {
  FailingStore store(Error(ErrorCode::unavailable, "x", "x", "x"));
  std::vector<std::string> keys{"good", "bad", "worse", "good"};
  try {
    store.remove_many(keys);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.details().target, "bad");
  }
  EXPECT_EQ(store.removed, keys);
}

TEST(Helpers, AStoreWithoutSignedUrlsSaysSo) {
  try {
    make_memory_store()->presign("a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
  }
}

}  // namespace
}  // namespace wheelyard::store
