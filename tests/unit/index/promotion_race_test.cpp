#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

void run_all(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

class PromotionRace : public ::testing::Test {
 protected:
  PromotionRace() {
    store::MemoryStoreOptions options;
    options.get_latency = 200us;
    options.put_latency = 450us;
    options.list_latency = 400us;
    options.remove_latency = 300us;
    options.before = [this](std::string_view, std::string_view) { ++requests; };
    bucket = store::make_memory_store(options);
  }

  std::atomic<std::uint64_t> requests{0};
  PromotionFolder folder;
  std::shared_ptr<store::ObjectStore> bucket;
  Repository source{store::make_memory_store(), "s/"};
};

TEST_F(PromotionRace, EveryOneOfManyPromotersAndPublishersIsListed) {
  std::vector<package::Distribution> own;
  for (int i = 0; i < 16; ++i) {
    publish(source, {folder.wheel(wheel_name("acme", i))});
    own.push_back(folder.wheel(wheel_name("acme", 100 + i)));
  }
  std::atomic<int> failures{0};
  run_all(32, [&](int i) {
    Repository target(bucket, "t/");
    try {
      if (i % 2 == 0) {
        promote(source, target, {"acme==1." + std::to_string(i / 2)});
      } else {
        publish(target, {own[static_cast<std::size_t>(i / 2)]});
      }
    } catch (const Error& error) {
      ++failures;
      std::cerr << error.what() << "\n";
    }
  });
  EXPECT_EQ(failures, 0);
  Repository target(bucket, "t/");
  EXPECT_EQ(listed(target, "acme").size(), 32u);
  EXPECT_EQ(html_filenames(*bucket, "t/", "acme").size(), 32u);
  EXPECT_THAT(private_keys(*bucket, "t/"), IsEmpty());
  EXPECT_TRUE(target.verify({}).clean());
  std::cout << static_cast<double>(requests) / 32 << " requests each\n";
}

TEST_F(PromotionRace, ManyWhoPromoteTheSameAllSucceed) {
  publish(source, {folder.wheel("acme-1.0-py3-none-any.whl", {"lib"}), folder.sdist("acme-1.0.tar.gz"),
                   folder.wheel("lib-1.0-py3-none-any.whl")});
  std::atomic<int> failures{0};
  run_all(12, [&](int) {
    Repository target(bucket, "t/");
    try {
      promote(source, target, {"acme"}, true);
      EXPECT_EQ(listed(target, "acme").size(), 2u);
      EXPECT_EQ(listed(target, "lib").size(), 1u);
    } catch (const Error& error) {
      ++failures;
      std::cerr << error.what() << " | " << error.hint() << "\n";
    }
  });
  EXPECT_EQ(failures, 0);
  Repository target(bucket, "t/");
  EXPECT_THAT(private_keys(*bucket, "t/"), IsEmpty());
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(PromotionRace, OfOtherBytesUnderOneNameOneWins) {
  for (int run = 0; run < 10; ++run) {
    const auto prefix = "t" + std::to_string(run) + "/";
    Repository other_source(store::make_memory_store(), "");
    const std::string filename = "acme-1.0-py3-none-any.whl";
    publish(other_source,
            {folder.distribution(filename, "promoted"), folder.wheel("zeta-1.0-py3-none-any.whl")});
    const auto published = folder.distribution(filename, "published");
    std::atomic<int> won{0};
    std::atomic<int> refused{0};
    bool promoted = false;
    run_all(6, [&](int i) {
      Repository target(bucket, prefix);
      try {
        if (i % 2 == 0) {
          promote(other_source, target, {"acme", "zeta"});
          promoted = true;
        } else {
          publish(target, {published});
        }
        ++won;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::already_exists) << error.what();
        ++refused;
      }
    });
    EXPECT_EQ(won, 3);
    EXPECT_EQ(refused, 3);
    Repository target(bucket, prefix);
    EXPECT_EQ(listed(target, "zeta").size(), promoted ? 1u : 0u);
    EXPECT_EQ(broken_promise(*bucket, prefix, "acme"), "");
    for (const auto& problem : target.verify({}).problems)
      ADD_FAILURE() << problem.kind << " " << problem.item;
    EXPECT_THAT(private_keys(*bucket, prefix), IsEmpty());
  }
}

/// Its process was stopped, and somebody else took it back: it begins anew.
TEST_F(PromotionRace, WhoWasTakenForDeadBeginsAnew) {
  publish(source,
          {folder.wheel("acme-1.0-py3-none-any.whl", {"lib"}), folder.wheel("lib-1.0-py3-none-any.whl")});
  std::function<void()> while_sending;
  int taken_back = 0;
  const auto store =
      store::make_memory_store({.after = [&](std::string_view operation, std::string_view key) {
        if (operation == "put" && key == "t/lib/lib-1.0-py3-none-any.whl" && while_sending) while_sending();
      }});
  while_sending = [&] {
    const auto stop = std::exchange(while_sending, nullptr);
    Repository other(store, "t/", {.removal_patience = 1ms});
    EXPECT_TRUE(other.verify({.repair = true}).clean());
    if (++taken_back < 2) while_sending = stop;
  };
  Repository target(store, "t/");
  promote(source, target, {"acme"}, true);
  EXPECT_EQ(taken_back, 2);
  EXPECT_EQ(listed(target, "acme").size(), 1u);
  EXPECT_EQ(listed(target, "lib").size(), 1u);
  EXPECT_THAT(private_keys(*store, "t/"), IsEmpty());
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

/// Promoters of a release with what it needs, some of whom fail on the way, and removers of the release; with
/// a reader who checks all the time that nothing is listed before what it needs.
TEST_F(PromotionRace, AReaderNeverSeesAReleaseWithoutWhatItNeeds) {
  for (int i = 0; i < 3; ++i) {
    const auto n = std::to_string(i);
    publish(source,
            {folder.wheel(wheel_name("acme", i), {"lib==1." + n}), folder.wheel(wheel_name("lib", i))});
  }
  std::atomic<bool> stop{false};
  std::string broken;
  std::atomic<int> looks{0};
  std::thread reader([&] {
    Repository target(bucket, "t/");
    while (!stop && broken.empty()) {
      // acme first: what it needs was there before it.
      const auto releases = listed(target, "acme");
      const auto needed = listed(target, "lib");
      for (int i = 0; i < 3; ++i) {
        const auto has = [&](const auto& names, const std::string& name) {
          return std::ranges::find(names, name) != names.end();
        };
        if (has(releases, wheel_name("acme", i)) && !has(needed, wheel_name("lib", i)))
          broken = wheel_name("acme", i) + " is listed and what it needs is not";
      }
      for (const auto* const project : {"acme", "lib"}) {
        if (broken.empty()) broken = broken_promise(*bucket, "t/", project);
      }
      ++looks;
    }
  });
  run_all(6, [&](int worker) {
    std::minstd_rand random(static_cast<unsigned>(worker) + 1);
    for (int step = 0; step < 12; ++step) {
      const auto n = std::to_string(random() % 3);
      Repository target(bucket, "t/");
      try {
        if (random() % 3 == 0) {
          SelectRequest request;
          request.specs = {"acme==1." + n};
          target.remove(request);
        } else {
          promote(source, target, {"acme==1." + n}, true);
        }
      } catch (const Error& error) {
        EXPECT_THAT(error.code(), ::testing::AnyOf(ErrorCode::not_found, ErrorCode::unavailable))
            << error.what();
      }
    }
  });
  stop = true;
  reader.join();
  EXPECT_EQ(broken, "");
  EXPECT_GT(looks, 5);
  Repository target(bucket, "t/");
  target.verify({.repair = true});
  for (const auto& problem : target.verify({.deep = true}).problems)
    ADD_FAILURE() << problem.kind << " " << problem.item << " " << problem.detail;
  EXPECT_THAT(private_keys(*bucket, "t/"), IsEmpty());
}

}  // namespace
}  // namespace wheelyard::index
