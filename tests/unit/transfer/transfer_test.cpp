#include <atomic>
#include <mutex>

#include "support/forwarding_store.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/memory/memory_store.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::transfer {
namespace {

/// Passes on to a memory store; the bodies that it gives break after some bytes.
class BreakingStore : public test_support::ForwardingStore {
 public:
  explicit BreakingStore(std::size_t breaks_after)
      : ForwardingStore(store::make_memory_store()), breaks_after_(breaks_after) {}

  store::GetResult get(const std::string& key, const store::GetOptions& options) override {
    ++gets;
    if (before_get) before_get(gets);
    auto result = ForwardingStore::get(key, options);
    if (edit) edit(gets, result);
    result.body = std::make_unique<Breaking>(std::move(result.body), breaks_after_);
    return result;
  }

  int gets = 0;
  std::function<void(int)> before_get;
  std::function<void(int, store::GetResult&)> edit;

 private:
  class Breaking : public Reader {
   public:
    Breaking(std::unique_ptr<Reader> inner, std::size_t left) : inner_(std::move(inner)), left_(left) {}
    std::size_t read(char* buffer, std::size_t capacity) override {
      if (left_ == 0) throw Error(ErrorCode::unavailable, "read", "test", "broken on purpose");
      std::size_t count = inner_->read(buffer, std::min(capacity, left_));
      left_ -= count;
      return count;
    }

   private:
    std::unique_ptr<Reader> inner_;
    std::size_t left_;
  };

  std::size_t breaks_after_;
};

TEST(DigestObject, ReadsOnWhereItBroke) {
  BreakingStore store(1000);
  std::string bytes = random_bytes(10'500);
  std::string etag = store.put("a", bytes_source(bytes), {}).etag;
  ObjectDigest result = digest_object(store, "a");
  EXPECT_EQ(result.sha256, sha256_hex(bytes));
  EXPECT_EQ(result.size, bytes.size());
  EXPECT_EQ(result.etag, etag);
  EXPECT_EQ(store.gets, 11);
}

TEST(DigestObject, HoldsWhatCameInPiecesAgainstTheStoresChecksum) {
  for (const bool damaged : {false, true}) {
    BreakingStore store(1000);
    store.put("a", bytes_source(random_bytes(3000)), {.checksum = ChecksumAlgorithm::crc32c});
    // The same length, and said to be the same object.
    if (damaged)
      store.edit = [](int get, store::GetResult& result) {
        if (get == 2) result.body = bytes_source(random_bytes(result.length))->open();
      };
    try {
      digest_object(store, "a");
      EXPECT_FALSE(damaged);
    } catch (const Error& error) {
      EXPECT_TRUE(damaged);
      EXPECT_EQ(error.code(), ErrorCode::corrupted);
    }
  }
}

TEST(DigestObject, TakesEmptyObjects) {
  BreakingStore store(1);
  store.put("a", nullptr, {});
  EXPECT_EQ(digest_object(store, "a").sha256, sha256_hex(""));
}

TEST(DigestObject, GivesUpWhereNothingComes) {
  BreakingStore store(0);
  store.put("a", bytes_source("x"), {});
  try {
    digest_object(store, "a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
  }
  EXPECT_EQ(store.gets, 5);
}

TEST(DigestObject, NeverMixesTwoObjects) {
  BreakingStore store(1000);
  store.put("a", bytes_source(random_bytes(3000)), {});
  store.before_get = [&](int get) {
    if (get == 2) store.put("a", bytes_source(random_bytes(3000)), {});
  };
  try {
    digest_object(store, "a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::precondition_failed);
  }
}

TEST(UploadAll, PutsEverythingAndTellsOfIt) {
  auto store = store::make_memory_store();
  std::vector<UploadItem> items;
  for (int index = 0; index < 30; ++index) {
    items.push_back({.body = bytes_source(std::string(static_cast<std::size_t>(index), 'x')),
                     .key = "k" + std::to_string(index),
                     .options = {.content_type = "text/plain"}});
  }
  int started = 0;
  int finished = 0;
  std::uint64_t bytes = 0;
  upload_all(*store, items, 4, [&](const ProgressEvent& event) {
    started += event.kind == ProgressEvent::Kind::started;
    if (event.kind != ProgressEvent::Kind::finished) return;
    ++finished;
    bytes += event.done;
    EXPECT_EQ(event.done, event.total);
  });
  EXPECT_EQ(started, 30);
  EXPECT_EQ(finished, 30);
  EXPECT_EQ(bytes, 30u * 29u / 2u);
  EXPECT_EQ(list_all(*store, "").size(), 30u);
  EXPECT_EQ(store->head("k7").content_type, "text/plain");
}

TEST(UploadAll, BeginsNothingNewAfterAFailure) {
  std::atomic<int> puts = 0;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view, std::string_view key) {
    ++puts;
    if (key == "k2") throw Error(ErrorCode::unavailable, "test", "k2", "on purpose");
  };
  auto store = store::make_memory_store(options);
  std::vector<UploadItem> items;
  for (int index = 0; index < 20; ++index)
    items.push_back({.body = bytes_source("x"), .key = "k" + std::to_string(index)});
  EXPECT_THROW(upload_all(*store, items, 1), Error);
  EXPECT_EQ(puts, 3);
}

}  // namespace
}  // namespace wheelyard::transfer
