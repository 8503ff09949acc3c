#include <fstream>

#include "transfer_fixture.hpp"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::transfer {
namespace {

using test_support::ForwardingStore;
using test_support::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Has the checksums of what it is given, as a real store keeps them.
class CheckingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  store::ObjectInfo head(const std::string& key, const store::VendorHeaders& vendor) override {
    store::ObjectInfo info = ForwardingStore::head(key, vendor);
    Checksum checksum(ChecksumAlgorithm::crc32c);
    checksum.update(store::get_bytes(*this, key, 1u << 30).bytes);
    info.checksums = {{.algorithm = ChecksumAlgorithm::crc32c, .value = checksum.finish()}};
    gets = 0;
    return info;
  }
  store::GetResult get(const std::string& key, const store::GetOptions& options) override {
    ++gets;
    return ForwardingStore::get(key, options);
  }
  std::atomic<int> gets = 0;
};

/// Gives the pages that it was made with, or throws in their place.
class FixedStore : public ForwardingStore {
 public:
  using Next = std::function<std::optional<store::ListPage>()>;
  FixedStore(std::shared_ptr<store::ObjectStore> inner, Next next)
      : ForwardingStore(std::move(inner)), next_(std::move(next)) {}
  std::unique_ptr<store::Lister> list(const store::ListOptions&) override {
    struct FixedLister : store::Lister {
      explicit FixedLister(Next& next) : next_(next) {}
      std::optional<store::ListPage> next() override { return next_(); }
      Next& next_;
    };
    return std::make_unique<FixedLister>(next_);
  }

 private:
  Next next_;
};

class SyncTest : public ::testing::Test {
 protected:
  std::shared_ptr<store::ObjectStore> store = store::make_memory_store();
  ScratchFolder folder;
  Told told;

  TransferReport run(const SyncRequest& request) {
    told = {};
    return sync(request, told.sinks());
  }
  SyncRequest up() { return {.source = in_files(folder / "up"), .target = in_store(store, "t")}; }
  SyncRequest down() { return {.source = in_store(store, "t"), .target = in_files(folder / "down")}; }
  void set_time(const std::filesystem::path& file, std::int64_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  }
  static std::int64_t current_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  }
};

TEST_F(SyncTest, OnlyWhatDiffersGoesOver) {
  for (int i = 0; i < 200; ++i)
    folder.write("up/d" + std::to_string(i % 3) + "/" + std::to_string(i),
                 std::string(static_cast<std::size_t>(i), 'x'));
  EXPECT_EQ(run(up()).done, 200u);
  EXPECT_EQ(run(up()).skipped, 200u);
  EXPECT_EQ(run(down()).done, 200u);
  TransferReport report = run(down());
  EXPECT_EQ(report.done, 0u);
  EXPECT_EQ(report.skipped, 200u);
  folder.write("up/d0/3", "longer");
  set_time(folder.write("up/d1/4", "yyyy"), current_seconds() + 100);
  set_time(folder.write("up/d2/5", "yyyyy"), 1000);
  report = run(up());
  EXPECT_EQ(report.done, 2u);
  SyncRequest request = up();
  request.comparison = Comparison::size_only;
  EXPECT_EQ(run(request).done, 0u);
  request.comparison = Comparison::checksum;
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_EQ(objects_in(*store).at("t/d2/5"), "yyyyy");
}

TEST_F(SyncTest, NamesThatOrderAroundASlash) {
  for (const char* name : {"a/x", "a.txt", "a-b/c", "a0", "a", "b/a/z", "b.a"}) {
    if (std::string(name) != "a") folder.write(std::string("up/") + name, name);
  }
  EXPECT_EQ(run(up()).done, 6u);
  SyncRequest request = up();
  request.remove_extra = true;
  const TransferReport report = run(request);
  EXPECT_EQ(report.skipped, 6u);
  EXPECT_EQ(report.removed, 0u);
  SyncRequest back = down();
  EXPECT_EQ(run(back).done, 6u);
  back.remove_extra = true;
  EXPECT_EQ(run(back).removed, 0u);
}

TEST_F(SyncTest, ExtraIsRemovedAndWhatIsExcludedStays) {
  folder.write("up/keep", "1");
  for (const char* key : {"t/keep", "t/gone", "t/z/gone", "t/excluded.log", "other"}) put(*store, key, "1");
  SyncRequest request = up();
  request.remove_extra = true;
  request.options.filter.exclude("*.log");
  request.options.dry_run = true;
  EXPECT_EQ(run(request).removed, 2u);
  EXPECT_EQ(objects_in(*store).size(), 5u);
  request.options.dry_run = false;
  EXPECT_EQ(run(request).removed, 2u);
  EXPECT_THAT(objects_in(*store),
              ElementsAre(Pair("other", "1"), Pair("t/excluded.log", "1"), Pair("t/keep", "1")));
  folder.write("down/extra", "1");
  folder.write("down/a.log", "1");
  SyncRequest back = down();
  back.remove_extra = true;
  back.options.filter.exclude("*.log");
  EXPECT_EQ(run(back).removed, 1u);
  EXPECT_THAT(files_in(folder / "down"), ElementsAre(Pair("a.log", "1"), Pair("keep", "1")));
}

TEST_F(SyncTest, NothingIsRemovedWhereTheSourceIsNotWhole) {
  put(*store, "t/x", "1");
  int page = 0;
  const auto broken = std::make_shared<FixedStore>(store, [&]() -> std::optional<store::ListPage> {
    if (page++ > 0) throw Error(ErrorCode::unavailable, "list", "s", "on purpose");
    return store::ListPage{.objects = {{.key = "s/a", .size = 1}}};
  });
  folder.write("down/extra", "1");
  SyncRequest request{
      .source = in_store(broken, "s"), .target = in_files(folder / "down"), .remove_extra = true};
  put(*store, "s/a", "1");
  EXPECT_THROW(run(request), Error);
  EXPECT_THAT(files_in(folder / "down"), ElementsAre(Pair("a", "1"), Pair("extra", "1")));
}

TEST_F(SyncTest, AFolderThatCannotBeReadKeepsEverythingThere) {
  folder.write("up/a", "1");
  folder.write("up/d/b", "1");
  std::filesystem::create_symlink(folder / "up", folder / "up/d/circle");
  put(*store, "t/extra", "1");
  SyncRequest request = up();
  request.remove_extra = true;
  const TransferReport report = run(request);
  EXPECT_EQ(report.done, 2u);
  EXPECT_EQ(report.failed, 2u);
  EXPECT_EQ(report.removed, 0u);
  EXPECT_TRUE(objects_in(*store).contains("t/extra"));
}

TEST_F(SyncTest, AListOutOfOrderIsTold) {
  bool given = false;
  const auto wrong = std::make_shared<FixedStore>(store, [&]() -> std::optional<store::ListPage> {
    if (given) return std::nullopt;
    given = true;
    return store::ListPage{.objects = {{.key = "t/b", .size = 1}, {.key = "t/a", .size = 1}}};
  });
  SyncRequest request{
      .source = in_store(wrong, "t"), .target = in_files(folder / "down"), .remove_extra = true};
  try {
    run(request);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupted);
    EXPECT_THAT(error.what(), HasSubstr("not in order"));
  }
}

TEST_F(SyncTest, ChecksumsAreComparedWithoutReading) {
  const auto checking = std::make_shared<CheckingStore>(store);
  put(*store, "t/a", "same");
  put(*store, "t/b", "old!");
  folder.write("up/a", "same");
  folder.write("up/b", "new!");
  SyncRequest request{.source = in_files(folder / "up"),
                      .target = in_store(checking, "t"),
                      .comparison = Comparison::checksum};
  const TransferReport report = run(request);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(checking->gets, 0);
  EXPECT_EQ(objects_in(*store).at("t/b"), "new!");
}

TEST_F(SyncTest, ExactTimesCountInDownloads) {
  put(*store, "t/a", "1");
  run(down());
  set_time(folder / "down/a", current_seconds() + 1000);
  EXPECT_EQ(run(down()).done, 0u);
  SyncRequest request = down();
  request.comparison = Comparison::exact_time;
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_EQ(run(request).done, 0u);
}

TEST_F(SyncTest, PreservedTimesAreKnownAgain) {
  set_time(folder.write("up/a", "1"), 1'000'000);
  SyncRequest request = up();
  request.options.preserve = true;
  EXPECT_EQ(run(request).done, 1u);
  SyncRequest back = down();
  back.options.preserve = true;
  EXPECT_EQ(run(back).done, 1u);
  EXPECT_EQ(run(back).done, 0u);
}

TEST_F(SyncTest, StoreToStore) {
  auto other = store::make_memory_store();
  for (const char* key : {"a/1", "a/2", "a/b/3"}) put(*store, key, key);
  put(*other, "b/extra", "1");
  SyncRequest request{.source = in_store(store, "a"), .target = in_store(other, "b"), .remove_extra = true};
  TransferReport report = run(request);
  EXPECT_EQ(report.done, 3u);
  EXPECT_EQ(report.removed, 1u);
  EXPECT_EQ(run(request).skipped, 3u);
}

/// Sanitizers keep freed memory back: what a process takes says nothing then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_counts = false;
#else
constexpr bool memory_counts = true;
#endif

std::uint64_t peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

/// So many objects of no bytes, page by page, in order.
FixedStore::Next generated(std::uint64_t count) {
  auto next = std::make_shared<std::uint64_t>(0);
  return [next, count]() -> std::optional<store::ListPage> {
    if (*next == count) return std::nullopt;
    store::ListPage page;
    for (int i = 0; i < 1000 && *next < count; ++i) {
      std::string number = std::to_string((*next)++);
      number.insert(0, 9 - number.size(), '0');
      page.objects.push_back({.key = "s/" + number, .etag = "e"});
    }
    return page;
  };
}

TEST_F(SyncTest, AMillionKeysTakeLittleMemory) {
  constexpr std::uint64_t count = memory_counts ? 1'000'000 : 100'000;
  const auto source = std::make_shared<FixedStore>(store, generated(count));
  const auto target = std::make_shared<FixedStore>(store::make_memory_store(), generated(count));
  const std::uint64_t before = peak_kilobytes();
  SyncRequest request{.source = in_store(source, "s"), .target = in_store(target, "s"), .remove_extra = true};
  request.comparison = Comparison::size_only;
  EXPECT_EQ(sync(request).skipped, count);
  const auto nothing = std::make_shared<FixedStore>(store, generated(0));
  request.source = in_store(nothing, "s");
  request.target = in_store(std::make_shared<FixedStore>(store::make_memory_store(), generated(count)), "s");
  EXPECT_EQ(sync(request).removed, count);
  if (memory_counts) {
    EXPECT_LT(peak_kilobytes() - before, 20'000u);
  }
}

}  // namespace
}  // namespace wheelyard::transfer
