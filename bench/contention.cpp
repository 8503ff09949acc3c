// Many publishers of one project at the same moment, on a store in memory that takes as long as a bucket
// does: how many requests each needs (docs/index-protocol.md). Prints one line of JSON; bench/run runs it for
// several N.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/repository.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace {

using namespace wheelyard;
using Seconds = std::chrono::duration<double>;

constexpr const char* project = "acme";

struct Setting {
  int publishers = 64;
  double get_ms = 20;
  double put_ms = 45;
  double list_ms = 40;
  double spread = 0.4;  ///< sigma of the logarithm of each latency
  double start_s = 1;   ///< all begin within so long
  double stretch = 1;   ///< of all times
  bool empty = false;   ///< into a repository that has nothing yet
};

/// What the store was asked for, HTML pages apart.
struct Counts {
  std::atomic<std::uintmax_t> requests{0};
  std::atomic<std::uintmax_t> html_requests{0};
  std::atomic<std::uintmax_t> swaps_tried{0};  ///< of the project's JSON page
  std::atomic<std::uintmax_t> swaps_won{0};

  void reset() { requests = html_requests = swaps_tried = swaps_won = 0; }
};

bool is_project_page(std::string_view key) {
  return key == std::string(project) + "/index.json";
}

/// A request takes half of its median fixed, in the middle of which it takes effect, and before that a time
/// that is log-normal around the other half.
void delay(std::string_view operation, const Setting& setting) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  double ms = setting.put_ms;
  if (operation == "get" || operation == "head") ms = setting.get_ms;
  if (operation == "list") ms = setting.list_ms;
  std::lognormal_distribution<double> around(std::log(ms / 2), setting.spread);
  std::this_thread::sleep_for(Seconds(around(random) / 1000 * setting.stretch));
}

std::shared_ptr<store::ObjectStore> slow_store(const Setting& setting, Counts& counts) {
  const auto half = [&](double ms) {
    return std::chrono::microseconds(std::llround(ms / 2 * 1000 * setting.stretch));
  };
  store::MemoryStoreOptions options;
  options.get_latency = half(setting.get_ms);
  options.put_latency = options.remove_latency = half(setting.put_ms);
  options.list_latency = half(setting.list_ms);
  options.before = [&](std::string_view operation, std::string_view key) {
    ++(key.ends_with(".html") ? counts.html_requests : counts.requests);
    if (operation == "put" && is_project_page(key)) ++counts.swaps_tried;
    delay(operation, setting);
  };
  options.after = [&](std::string_view operation, std::string_view key) {
    if (operation == "put" && is_project_page(key)) ++counts.swaps_won;
  };
  return store::make_memory_store(options);
}

/// A folder that is gone at the end.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("wheelyard-contention-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// What inspecting a wheel of version 1.`number` would give.
  package::Distribution wheel(int number) const {
    package::Distribution wheel;
    wheel.version = "1." + std::to_string(number);
    wheel.filename = std::string(project) + "-" + wheel.version + "-py3-none-any.whl";
    wheel.path = path_ / wheel.filename;
    wheel.name = wheel.normalized_name = project;
    wheel.requires_python = ">=3.8";
    wheel.core_metadata = "Metadata-Version: 2.1\nName: acme\nVersion: " + wheel.version + "\n";
    const std::string bytes = "wheel " + wheel.version;
    std::ofstream(wheel.path, std::ios::binary) << bytes;
    wheel.size = bytes.size();
    wheel.sha256 = sha256_hex(bytes);
    return wheel;
  }

 private:
  std::filesystem::path path_;
};

void publish(const std::shared_ptr<store::ObjectStore>& store, package::Distribution wheel) {
  index::PublishRequest request;
  request.distributions.push_back(std::move(wheel));
  request.workers = 1;
  // A repository of its own, as a process of its own would have.
  index::Repository(store, "").publish(request);
}

/// When each publisher was done, in seconds from the common start, in order; throws what the first failure
/// threw.
std::vector<double> publish_all(const Setting& setting, const std::shared_ptr<store::ObjectStore>& store,
                                const ScratchFolder& folder) {
  std::mutex mutex;
  std::vector<double> done;
  std::exception_ptr failure;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> within(0, setting.start_s * setting.stretch);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::jthread> publishers;
  for (int i = 0; i < setting.publishers; ++i) {
    publishers.emplace_back([&, begin = start + Seconds(within(random)), wheel = folder.wheel(i)] {
      try {
        std::this_thread::sleep_until(begin);
        publish(store, wheel);
        const double seconds = Seconds(std::chrono::steady_clock::now() - start).count();
        std::lock_guard lock(mutex);
        done.push_back(seconds);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    });
  }
  publishers.clear();
  if (failure) std::rethrow_exception(failure);
  std::sort(done.begin(), done.end());
  return done;
}

int measure(const Setting& setting) {
  const ScratchFolder folder;
  Counts counts;
  const auto store = slow_store(setting, counts);
  int before = 0;
  if (!setting.empty) {
    publish(store, folder.wheel(setting.publishers));
    before = 1;
  }
  counts.reset();
  const auto done = publish_all(setting, store, folder);
  const auto requests = counts.requests.load(), html_requests = counts.html_requests.load();
  const auto won = counts.swaps_won.load(), lost = counts.swaps_tried.load() - won;
  const auto page = index::Repository(store, "").read_project(project);
  const auto listed = static_cast<int>(page ? page->page.files.size() : 0) - before;
  std::printf(
      "{\"publishers\":%d,\"requests\":%ju,\"html_requests\":%ju,\"swaps\":%ju,\"swaps_lost\":%ju,"
      "\"last_seconds\":%.3f,\"listed\":%d}\n",
      setting.publishers, requests, html_requests, won, lost, done.back(), listed);
  return listed == setting.publishers ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  CLI::App app(
      "Publishers of one project at the same moment, on a store in memory with a bucket's latencies");
  app.add_option("--publishers", setting.publishers, "how many, each with one wheel")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--get", setting.get_ms, "median of GET and HEAD, in ms")->check(CLI::PositiveNumber);
  app.add_option("--put", setting.put_ms, "median of PUT and of a batch of deletions, in ms")
      ->check(CLI::PositiveNumber);
  app.add_option("--list", setting.list_ms, "median of a page of a listing, in ms")
      ->check(CLI::PositiveNumber);
  app.add_option("--spread", setting.spread, "sigma of the logarithm of a latency")
      ->check(CLI::Range(0.0, 2.0));
  app.add_option("--start", setting.start_s, "all begin within so many seconds")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--stretch", setting.stretch,
                 "all times longer by this factor: for many threads on few cores")
      ->check(CLI::PositiveNumber);
  app.add_flag("--empty", setting.empty,
               "the repository has nothing yet, so all join its root index as well");
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(setting);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_contention: %s\n", error.what());
    return 1;
  }
}
