// The modes of a put, alone and under race: the compare-and-swap that everything rests on.
#include <algorithm>
#include <atomic>
#include <mutex>

#include "backends.hpp"

namespace wheelyard::store::contract {
namespace {

constexpr std::size_t racers = 16;

TEST_P(Contract, CreateRefusesATakenName) {
  std::string etag = put("new", "first", PutMode::create()).etag;
  EXPECT_EQ(code_of([&] { put("new", "second", PutMode::create()); }), ErrorCode::already_exists);
  // The same bytes too: whoever wants to know compares digests.
  EXPECT_EQ(code_of([&] { put("new", "first", PutMode::create()); }), ErrorCode::already_exists);
  EXPECT_EQ(get_bytes(store(), key("new"), 10).info.etag, etag);
  store().remove(key("new"));
  put("new", "third", PutMode::create());
  EXPECT_EQ(read("new"), "third");
}

TEST_P(Contract, UpdateNeedsTheEtagOfWhatIsThere) {
  std::string first = put("u", "1").etag;
  std::string second = put("u", "2", PutMode::update(first)).etag;
  EXPECT_NE(first, second);
  EXPECT_EQ(code_of([&] { put("u", "3", PutMode::update(first)); }), ErrorCode::precondition_failed);
  EXPECT_EQ(read("u"), "2");
  std::string third = put("u", "3", PutMode::update(second)).etag;
  EXPECT_EQ(store().head(key("u")).etag, third);
}

TEST_P(Contract, UpdateOfNothingFails) {
  std::string etag = put("u", "1").etag;
  store().remove(key("u"));
  EXPECT_EQ(code_of([&] { put("u", "2", PutMode::update(etag)); }), ErrorCode::precondition_failed);
  EXPECT_FALSE(find_info(store(), key("u")).has_value());
  EXPECT_EQ(code_of([&] { put("no/such/folder/u", "2", PutMode::update(etag)); }),
            ErrorCode::precondition_failed);
}

TEST_P(Contract, OfManyCreatorsOneWins) {
  for (int round = 0; round < 5; ++round) {
    std::string name = "race/" + std::to_string(round) + "/file";
    std::atomic<int> won = 0;
    std::atomic<int> refused = 0;
    std::string winner;
    std::mutex mutex;
    at_once(racers, [&](std::size_t racer) {
      std::string bytes = "from " + std::to_string(racer) + std::string(racer * 1000, '.');
      try {
        put(name, bytes, PutMode::create());
        ++won;
        std::lock_guard lock(mutex);
        winner = bytes;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::already_exists) << error.what();
        ++refused;
      }
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, static_cast<int>(racers) - 1);
    EXPECT_EQ(read(name), winner);
  }
}

TEST_P(Contract, ACounterLosesNoIncrement) {
  constexpr int increments = 8;
  put("counter", "0", PutMode::create());
  std::atomic<int> lost_swaps = 0;
  at_once(8, [&](std::size_t) {
    for (int done = 0; done < increments;) {
      Object current = get_bytes(store(), key("counter"), 100);
      try {
        put("counter", std::to_string(std::stoi(current.bytes) + 1), PutMode::update(current.info.etag));
        ++done;
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::precondition_failed) << error.what();
        ++lost_swaps;
      }
    }
  });
  EXPECT_EQ(read("counter"), std::to_string(8 * increments));
  RecordProperty("lost_swaps", lost_swaps);
}

TEST_P(Contract, CreatesAndRemovesInOneFolderDoNotDisturbEachOther) {
  // The folder comes and goes with its last object.
  at_once(8, [&](std::size_t worker) {
    std::string name = "busy/folder/" + std::to_string(worker);
    for (int round = 0; round < 12; ++round) {
      ASSERT_NO_THROW(put(name, "x", PutMode::create()));
      ASSERT_EQ(read(name), "x");
      std::string etag = store().head(key(name)).etag;
      ASSERT_NO_THROW(put(name, "y", PutMode::update(etag)));
      ASSERT_NO_THROW(put(name, "z"));
      ASSERT_NO_THROW(store().remove(key(name)));
    }
  });
  EXPECT_TRUE(names().empty());
}

TEST_P(Contract, ASwapAndARemovalNeverBothActOnTheSameState) {
  for (int round = 0; round < 10; ++round) {
    std::string name = "either/" + std::to_string(round);
    std::string etag = put(name, "old").etag;
    std::atomic<int> swapped = 0;
    std::atomic<int> created = 0;
    at_once(6, [&](std::size_t racer) {
      try {
        if (racer % 3 == 0) {
          put(name, "swapped", PutMode::update(etag));
          ++swapped;
        } else if (racer % 3 == 1) {
          store().remove(key(name));
        } else {
          put(name, "created", PutMode::create());
          ++created;
        }
      } catch (const Error& error) {
        EXPECT_THAT(error.code(), testing::AnyOf(ErrorCode::already_exists, ErrorCode::precondition_failed))
            << error.what();
      }
    });
    EXPECT_LE(swapped, 1);
    // A swap matches only the first state; what was created after a removal is never swapped away.
    auto left = find_bytes(store(), key(name), 100);
    EXPECT_TRUE(!left || left->bytes != "swapped" || swapped == 1);
    EXPECT_TRUE(!left || left->bytes != "created" || created >= 1);
  }
}

TEST_P(Contract, ReadersSeeTheOldOrTheNewAndNeverAPart) {
  auto content = [](int version) { return std::string(200'000, static_cast<char>('a' + version % 26)); };
  put("whole", content(0));
  std::atomic<bool> stop = false;
  at_once(5, [&](std::size_t worker) {
    if (worker == 0) {
      for (int version = 1; version < 30; ++version) put("whole", content(version));
      stop = true;
      return;
    }
    while (!stop) {
      Object seen = get_bytes(store(), key("whole"), 1u << 20);
      ASSERT_EQ(seen.bytes.size(), 200'000u);
      ASSERT_EQ(seen.bytes.find_first_not_of(seen.bytes[0]), std::string::npos);
    }
  });
}

}  // namespace
}  // namespace wheelyard::store::contract
