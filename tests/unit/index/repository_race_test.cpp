#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "repository_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// Latencies like a bucket's, shortened; and a count of requests by kind.
struct CountingBucket {
  std::mutex mutex;
  std::map<std::string, std::uint64_t> requests;
  std::shared_ptr<store::ObjectStore> store;

  explicit CountingBucket(std::chrono::microseconds unit) {
    store::MemoryStoreOptions options;
    options.get_latency = 4 * unit;
    options.put_latency = 9 * unit;
    options.list_latency = 8 * unit;
    options.remove_latency = 6 * unit;
    options.before = [this](std::string_view operation, std::string_view) {
      const std::lock_guard lock(mutex);
      ++requests[std::string(operation)];
    };
    store = store::make_memory_store(std::move(options));
  }
  std::uint64_t total() {
    const std::lock_guard lock(mutex);
    std::uint64_t sum = 0;
    for (const auto& [operation, count] : requests) sum += count;
    return sum;
  }
};

void run_all(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

TEST(RepositoryRace, EveryOneOfManyPublishersIsListed) {
  CountingBucket bucket(100us);
  ScratchFolder folder;
  std::vector<package::Distribution> wheels;
  for (int i = 0; i < 64; ++i)
    wheels.push_back(folder.distribution(wheel_name("acme", i), std::to_string(i)));
  std::atomic<int> failures{0};
  run_all(64, [&](int i) {
    Repository repository(bucket.store, "");
    try {
      publish(repository, {wheels[static_cast<std::size_t>(i)]});
    } catch (const Error& error) {
      ++failures;
      std::cerr << error.what() << "\n";
    }
  });
  EXPECT_EQ(failures, 0);
  Repository repository(bucket.store, "");
  EXPECT_EQ(repository.read_project("acme")->page.files.size(), 64u);
  EXPECT_EQ(html_filenames(*bucket.store, "", "acme").size(), 64u);
  EXPECT_THAT(private_keys(*bucket.store, ""), IsEmpty());
  EXPECT_TRUE(repository.verify({}).clean());
}

TEST(RepositoryRace, RequestsAPublisherStayFlat) {
  std::map<int, double> cost;
  for (const int n : {1, 16, 64, 256}) {
    CountingBucket bucket(100us);
    ScratchFolder folder;
    Repository first(bucket.store, "");
    publish(first, {folder.distribution("acme-0.1-py3-none-any.whl", "first")});
    std::vector<package::Distribution> wheels;
    for (int i = 0; i < n; ++i)
      wheels.push_back(folder.distribution(wheel_name("acme", i), std::to_string(i)));
    const auto before = bucket.total();
    run_all(n, [&](int i) {
      Repository repository(bucket.store, "");
      publish(repository, {wheels[static_cast<std::size_t>(i)]});
    });
    cost[n] = static_cast<double>(bucket.total() - before) / n;
    std::cout << "publishers " << n << ": " << cost[n] << " requests each\n";
    EXPECT_EQ(first.read_project("acme")->page.files.size(), static_cast<std::size_t>(n) + 1);
  }
  // The model says the same for 1 and for 10,000; quadratic growth would be tens of times more.
  EXPECT_LT(cost[256], 2.0 * cost[1]);
}

/// A publisher that loses the swap to one who has taken its file in, but not what was announced a moment
/// later: that announcement is all that is left of its publisher, who died.
TEST(RepositoryRace, ALoserLeavesTheAnnouncementsThatTheWinnerMissed) {
  std::function<void()> before_swap;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (operation == "put" && key == "acme/index.json" && before_swap) std::exchange(before_swap, nullptr)();
  };
  const auto store = store::make_memory_store(options);
  ScratchFolder folder;
  Repository repository(store, "");
  publish(repository, {folder.distribution("acme-1.0-py3-none-any.whl", "first")});

  before_swap = [] { throw Error(ErrorCode::cancelled, "publish", "acme", "killed by the test"); };
  EXPECT_THROW(publish(repository, {folder.distribution("acme-2.0-py3-none-any.whl", "orphan")}), Error);
  const auto orphan = private_keys(*store, "");
  ASSERT_EQ(orphan.size(), 1u);

  const auto wheel = folder.distribution("acme-3.0-py3-none-any.whl", "loser");
  before_swap = [&] {
    auto page = repository.read_project("acme")->page;
    auto entry = page.files.front();
    entry.filename = entry.url = wheel.filename;
    entry.hashes = {{"sha256", wheel.sha256}};
    entry.size = wheel.size;
    page.files.push_back(entry);
    ++page.serial;
    store->put("acme/index.json", bytes_source(to_json(page)));
  };
  publish(repository, {wheel});
  EXPECT_THAT(private_keys(*store, ""), ::testing::IsSupersetOf(orphan));

  publish(repository, {folder.distribution("acme-4.0-py3-none-any.whl", "next")});
  EXPECT_THAT(filenames(repository.read_project("acme")->page),
              ::testing::ElementsAre("acme-1.0-py3-none-any.whl", "acme-2.0-py3-none-any.whl",
                                     "acme-3.0-py3-none-any.whl", "acme-4.0-py3-none-any.whl"));
  EXPECT_THAT(private_keys(*store, ""), IsEmpty());
}

/// Its name is taken, and free again when it is looked whose bytes hold it: that is no refusal.
TEST(RepositoryRace, AFileThatIsRemovedWhileItIsLookedAtIsPutAgain) {
  std::function<void()> before_look;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (operation == "head" && key == "acme/acme-1.0-py3-none-any.whl" && before_look)
      std::exchange(before_look, nullptr)();
  };
  const auto store = store::make_memory_store(options);
  ScratchFolder folder;
  Repository repository(store, "");
  const auto wheel = folder.distribution("acme-1.0-py3-none-any.whl", "one");
  store->put("acme/" + wheel.filename, bytes_source("somebody's other bytes"));
  before_look = [&] { store->remove("acme/" + wheel.filename); };
  EXPECT_EQ(publish(repository, {wheel}).files.at(0).outcome, PublishedFile::Outcome::published);
  EXPECT_FALSE(before_look);
  EXPECT_TRUE(repository.verify({.deep = true}).clean());
}

TEST(RepositoryRace, OneWinnerOfManyWithOtherBytes) {
  for (int run = 0; run < 10; ++run) {
    CountingBucket bucket(50us);
    ScratchFolder folder;
    std::vector<package::Distribution> wheels;
    for (int i = 0; i < 16; ++i) {
      wheels.push_back(folder.distribution("acme-1.0-py3-none-any.whl", "bytes " + std::to_string(i)));
    }
    std::atomic<int> won{0};
    std::atomic<int> refused{0};
    run_all(16, [&](int i) {
      Repository repository(bucket.store, "");
      try {
        publish(repository, {wheels[static_cast<std::size_t>(i)]});
        ++won;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::already_exists) ++refused;
      }
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, 15);
    EXPECT_EQ(broken_promise(*bucket.store, "", "acme"), "");
    EXPECT_TRUE(Repository(bucket.store, "").verify({.deep = false}).clean());
  }
}

/// Publishers, removers, yankers and forcers of the same few names, with a reader who checks all the time.
TEST(RepositoryRace, AReaderNeverSeesABrokenPromise) {
  CountingBucket bucket(30us);
  ScratchFolder folder;
  std::vector<package::Distribution> wheels;
  for (int i = 0; i < 4; ++i)
    wheels.push_back(folder.distribution(wheel_name("acme", i), "a" + std::to_string(i)));
  std::vector<package::Distribution> others;
  for (int i = 0; i < 4; ++i)
    others.push_back(folder.distribution(wheel_name("acme", i), "b" + std::to_string(i)));
  std::atomic<bool> stop{false};
  std::atomic<int> looks{0};
  std::string broken;
  std::thread reader([&] {
    while (!stop && broken.empty()) {
      broken = broken_promise(*bucket.store, "", "acme");
      ++looks;
    }
  });
  run_all(8, [&](int worker) {
    std::minstd_rand random(static_cast<unsigned>(worker) + 1);
    Repository repository(bucket.store, "");
    for (int step = 0; step < 40; ++step) {
      const auto i = random() % 4;
      try {
        switch (random() % 5) {
          case 0:
          case 1:
            publish(repository, {wheels[i]});
            break;
          case 2:
            publish(repository, {others[i]}, true);
            break;
          case 3: {
            SelectRequest request;
            request.specs = {wheels[i].filename};
            repository.remove(request);
            break;
          }
          default: {
            YankRequest request;
            request.specs = {wheels[i].filename};
            request.yanked = random() % 2 == 0;
            repository.yank(request);
          }
        }
      } catch (const Error& error) {
        // Refused names and files that are gone are part of the game; nothing else is.
        const bool expected =
            error.code() == ErrorCode::already_exists || error.code() == ErrorCode::not_found;
        EXPECT_TRUE(expected) << error.what();
      }
    }
  });
  stop = true;
  reader.join();
  EXPECT_EQ(broken, "");
  EXPECT_GT(looks, 10);
  Repository repository(bucket.store, "");
  EXPECT_TRUE(repository.verify({.repair = true}).clean());
  const auto again = repository.verify({.deep = false});
  for (const auto& problem : again.problems)
    ADD_FAILURE() << problem.kind << " " << problem.item << problem.detail;
  EXPECT_THAT(private_keys(*bucket.store, ""), IsEmpty());
}

}  // namespace
}  // namespace wheelyard::index
