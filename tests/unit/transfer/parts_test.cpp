#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "parted_store.hpp"
#include "transfer_fixture.hpp"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::transfer {
namespace {

using test_support::ScratchFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Error on_purpose(ErrorCode code) {
  return Error(code, "read", "test", "on purpose");
}

class PartsTest : public ::testing::Test {
 protected:
  PartsTest() { ::setenv("XDG_STATE_HOME", (folder / "state").c_str(), 1); }
  ~PartsTest() override { ::unsetenv("XDG_STATE_HOME"); }

  static constexpr std::size_t part = 64 * 1024;
  static constexpr std::size_t parts = 20;
  ScratchFolder folder;
  std::shared_ptr<PartedStore> store = std::make_shared<PartedStore>();
  std::string bytes = made_bytes(part * (parts - 1) + 17);
  std::filesystem::path file = folder.write("big", bytes);
  Told told;

  TransferReport run(const CopyRequest& request) {
    told = {};
    return copy(request, told.sinks());
  }
  CopyRequest up() {
    return {.source = in_files(file), .target = in_store(store, "o"), .options = {.part_size = part}};
  }
  CopyRequest down() {
    return {.source = in_store(store, "o"),
            .target = in_files(folder / "down/o"),
            .options = {.part_size = part}};
  }
  std::size_t hidden_files() {
    std::size_t count = 0;
    if (!std::filesystem::exists(folder / "down")) return 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "down")) {
      count += entry.path().filename().string().starts_with(".");
    }
    return count;
  }
  std::size_t state_files() {
    std::size_t count = 0;
    const auto path = folder / "state/wheelyard/transfers";
    if (!std::filesystem::exists(path)) return 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++count;
    return count;
  }
};

TEST_F(PartsTest, UpAndDown) {
  TransferReport report = run(up());
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(report.bytes, bytes.size());
  EXPECT_EQ(store->parts_put, 20);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
  EXPECT_EQ(state_files(), 0u);
  store->gets = 0;
  report = run(down());
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(store->gets, 20);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
  EXPECT_EQ(hidden_files(), 0u);
}

TEST_F(PartsTest, SizesAroundAPart) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, part - 1, part, part + 1, 3 * part, 3 * part + 1}) {
    bytes = made_bytes(size, static_cast<unsigned>(size));
    file = folder.write("big", bytes);
    ASSERT_EQ(run(up()).done, 1u);
    ASSERT_EQ(objects_in(*store).at("o"), bytes);
    ASSERT_EQ(run(down()).done, 1u);
    ASSERT_EQ(read_file(folder / "down/o"), bytes);
  }
}

TEST_F(PartsTest, AnInterruptedUploadGoesOn) {
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::unavailable);
  };
  CopyRequest request = up();
  request.options.jobs = 2;
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_THAT(told.failed().error->hint(), HasSubstr("wheelyard rm --incomplete"));
  EXPECT_THAT(store->unfinished_uploads(""), SizeIs(1));
  EXPECT_EQ(state_files(), 1u);
  store->before_part = {};
  store->parts_put = 0;
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_LE(store->parts_put, 7);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
  EXPECT_EQ(state_files(), 0u);
}

TEST_F(PartsTest, AnUploadOfAnotherStateOfTheFileStartsOver) {
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::unavailable);
  };
  run(up());
  store->before_part = {};
  bytes = made_bytes(bytes.size(), 7);
  folder.write("big", bytes);
  store->parts_put = 0;
  EXPECT_EQ(run(up()).done, 1u);
  EXPECT_EQ(store->parts_put, 20);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
}

TEST_F(PartsTest, PartsThatAreNotTheFilesAreSentAgain) {
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::unavailable);
  };
  run(up());
  store->before_part = {};
  const auto left = store->unfinished_uploads("").at(0);
  store->resume_parts(left.key, left.id, {})->put_part(3, bytes_source(std::string(part, 'x')));
  EXPECT_EQ(run(up()).done, 1u);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
}

TEST_F(PartsTest, AnUploadThatSomebodyEndedStartsOver) {
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::unavailable);
  };
  run(up());
  store->before_part = {};
  const auto left = store->unfinished_uploads("").at(0);
  store->resume_parts(left.key, left.id, {})->abort();
  EXPECT_EQ(run(up()).done, 1u);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
}

TEST_F(PartsTest, TwoAtOnceNeverShareAnUpload) {
  std::atomic<int> failed = 0;
  const auto one = [&] {
    if (copy(up()).done != 1) ++failed;
  };
  {
    const std::jthread first(one);
    const std::jthread second(one);
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
}

TEST_F(PartsTest, AFailureThatStaysLeavesNoUpload) {
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::invalid_argument);
  };
  EXPECT_EQ(run(up()).failed, 1u);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
  EXPECT_EQ(state_files(), 0u);
  store->before_part = [](std::uint32_t number) {
    if (number == 15) throw on_purpose(ErrorCode::unavailable);
  };
  CopyRequest request = up();
  request.options.resume = false;
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
}

TEST_F(PartsTest, AFileThatChangesMeanwhileIsNotCompleted) {
  store->before_part = [&](std::uint32_t number) {
    if (number == 10) std::ofstream(file, std::ios::app) << "more";
  };
  EXPECT_EQ(run(up()).failed, 1u);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::corrupted);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
  EXPECT_TRUE(objects_in(*store).empty());
  EXPECT_EQ(state_files(), 0u);
}

TEST_F(PartsTest, IfAbsentHoldsAtTheEndToo) {
  CopyRequest request = up();
  request.options.if_absent = true;
  store->before_complete = [&] {
    store->before_complete = {};
    put(*store, "o", "first");
  };
  EXPECT_EQ(run(request).skipped, 1u);
  EXPECT_EQ(objects_in(*store).at("o"), "first");
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
}

TEST_F(PartsTest, AStoppedUploadKeepsWhatItHas) {
  int seen = 0;
  CopyRequest request = up();
  request.options.jobs = 1;
  // Longer than there is between two reports of progress: each part has one.
  store->before_part = [](std::uint32_t number) {
    if (number > 10) std::this_thread::sleep_for(std::chrono::milliseconds(120));
  };
  const TransferSinks sinks{.on_progress = [&](const TransferProgress& progress) {
    if (progress.bytes_done > 12 * part && ++seen == 1) throw on_purpose(ErrorCode::cancelled);
  }};
  EXPECT_THROW(copy(request, sinks), Error);
  EXPECT_THAT(store->unfinished_uploads(""), SizeIs(1));
  store->before_part = {};
  store->parts_put = 0;
  EXPECT_EQ(run(up()).done, 1u);
  EXPECT_LT(store->parts_put, 20);
  EXPECT_EQ(objects_in(*store).at("o"), bytes);
}

TEST_F(PartsTest, AnInterruptedDownloadGoesOn) {
  put(*store, "o", bytes);
  store->before_get = [](const store::GetOptions& options) {
    if (options.range && options.range->offset == 15 * part) throw on_purpose(ErrorCode::unavailable);
  };
  CopyRequest request = down();
  request.options.jobs = 2;
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "down/o"));
  EXPECT_EQ(hidden_files(), 1u);
  store->before_get = {};
  store->gets = 0;
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_LE(store->gets, 7);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
  EXPECT_EQ(hidden_files(), 0u);
}

TEST_F(PartsTest, AChangedObjectStartsOverAndIsNeverMixed) {
  put(*store, "o", bytes);
  store->before_get = [](const store::GetOptions& options) {
    if (options.range && options.range->offset == 15 * part) throw on_purpose(ErrorCode::unavailable);
  };
  run(down());
  EXPECT_EQ(hidden_files(), 1u);
  const std::string other = made_bytes(bytes.size(), 9);
  put(*store, "o", other);
  store->before_get = {};
  EXPECT_EQ(run(down()).done, 1u);
  EXPECT_EQ(read_file(folder / "down/o"), other);
  EXPECT_EQ(hidden_files(), 0u);
  // And in the middle of it.
  store->before_get = [&](const store::GetOptions& options) {
    if (!options.range || options.range->offset != 10 * part) return;
    store->before_get = {};
    put(*store, "o", bytes);
  };
  CopyRequest request = down();
  request.options.jobs = 1;
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::precondition_failed);
  EXPECT_EQ(read_file(folder / "down/o"), other);
  EXPECT_EQ(hidden_files(), 0u);
}

TEST_F(PartsTest, ARangeThatBreaksOffIsReadOn) {
  class Breaking : public PartedStore {
   public:
    store::GetResult get(const std::string& key, const store::GetOptions& options) override {
      auto result = PartedStore::get(key, options);
      struct Half : Reader {
        explicit Half(std::unique_ptr<Reader> body) : inner(std::move(body)) {}
        std::size_t read(char* buffer, std::size_t capacity) override {
          if (left == 0) throw on_purpose(ErrorCode::unavailable);
          const std::size_t count = inner->read(buffer, std::min(capacity, left));
          left -= count;
          return count;
        }
        std::unique_ptr<Reader> inner;
        std::size_t left = 10'000;
      };
      if (options.range) result.body = std::make_unique<Half>(std::move(result.body));
      return result;
    }
  };
  store = std::make_shared<Breaking>();
  put(*store, "o", bytes);
  EXPECT_EQ(run(down()).done, 1u);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
}

TEST_F(PartsTest, WhatDoesNotFitTheChecksumIsRemoved) {
  put(*store, "o", bytes);
  for (const auto algorithm :
       {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::sha256}) {
    store->keeps = algorithm;
    store->lies = true;
    EXPECT_EQ(run(down()).failed, 1u);
    EXPECT_EQ(told.failed().error->code(), ErrorCode::corrupted);
    EXPECT_FALSE(std::filesystem::exists(folder / "down/o"));
    EXPECT_EQ(hidden_files(), 0u);
    store->lies = false;
    EXPECT_EQ(run(down()).done, 1u);
    EXPECT_EQ(read_file(folder / "down/o"), bytes);
    std::filesystem::remove(folder / "down/o");
  }
}

TEST_F(PartsTest, APartialFileThatWasDamagedIsNotTaken) {
  put(*store, "o", bytes);
  store->before_get = [](const store::GetOptions& options) {
    if (options.range && options.range->offset == 15 * part) throw on_purpose(ErrorCode::unavailable);
  };
  CopyRequest request = down();
  request.options.jobs = 1;
  run(request);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "down")) {
    std::fstream(entry.path(), std::ios::in | std::ios::out).write("damaged", 7);
  }
  store->before_get = {};
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::corrupted);
  EXPECT_EQ(hidden_files(), 0u);
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
}

TEST_F(PartsTest, TwoDownloadsOfOneFileDoNotMeet) {
  put(*store, "o", bytes);
  std::atomic<int> failed = 0;
  const auto one = [&] {
    if (copy(down()).done != 1) ++failed;
  };
  {
    const std::jthread first(one);
    const std::jthread second(one);
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
  EXPECT_EQ(hidden_files(), 0u);
}

TEST_F(PartsTest, WhoeverComesAfterADeadOneGoesOnOrClearsUp) {
  put(*store, "o", bytes);
  store->before_get = [](const store::GetOptions& options) {
    if (options.range && options.range->offset == 15 * part) throw on_purpose(ErrorCode::unavailable);
  };
  CopyRequest request = down();
  request.options.jobs = 1;
  run(request);
  store->before_get = {};
  const auto hidden = std::filesystem::directory_iterator(folder / "down")->path();
  // It dies soon: what it has done is not done again.
  {
    FileDescriptor dying = open_file(hidden, O_RDWR);
    ASSERT_EQ(::flock(dying.get(), LOCK_EX), 0);
    const std::jthread death([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      dying.reset();
    });
    store->gets = 0;
    EXPECT_EQ(run(request).done, 1u);
    EXPECT_LE(store->gets, 6);
  }
  EXPECT_EQ(hidden_files(), 0u);
  // It dies later: what it leaves is removed.
  store->before_get = [](const store::GetOptions& options) {
    if (options.range && options.range->offset == 15 * part) throw on_purpose(ErrorCode::unavailable);
  };
  run(request);
  FileDescriptor dying = open_file(hidden, O_RDWR);
  ASSERT_EQ(::flock(dying.get(), LOCK_EX), 0);
  store->before_get = [&](const store::GetOptions&) { dying.reset(); };
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_EQ(read_file(folder / "down/o"), bytes);
  EXPECT_EQ(hidden_files(), 0u);
}

TEST_F(PartsTest, AFullDiskIsToldAndNothingIsLeft) {
  put(*store, "o", bytes);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 10 * part, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const TransferReport report = run(down());
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(hidden_files(), 0u);
  EXPECT_FALSE(std::filesystem::exists(folder / "down/o"));
}

TEST_F(PartsTest, BetweenStoresThroughMemory) {
  put(*store, "o", bytes);
  const auto other = std::make_shared<PartedStore>();
  CopyRequest request{
      .source = in_store(store, "o"), .target = in_store(other, "p"), .options = {.part_size = part}};
  bytes = made_bytes(9u << 20);
  put(*store, "o", bytes);
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_GT(other->parts_put, 100);
  EXPECT_EQ(objects_in(*other).at("p"), bytes);
  store->lies = true;
  request.target.key = "q";
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::corrupted);
  EXPECT_EQ(objects_in(*other).size(), 1u);
  EXPECT_THAT(other->unfinished_uploads(""), IsEmpty());
}

TEST_F(PartsTest, AConditionalCopyOnTheServer) {
  put(*store, "o", bytes);
  CopyRequest request{
      .source = in_store(store, "o"), .target = in_store(store, "p"), .options = {.if_absent = true}};
  EXPECT_EQ(run(request).done, 1u);
  EXPECT_EQ(store->parts_copied, 1);
  EXPECT_EQ(objects_in(*store).at("p"), bytes);
  EXPECT_EQ(run(request).skipped, 1u);
  request.options.if_absent = false;
  request.options.if_match = "other";
  EXPECT_EQ(run(request).failed, 1u);
  EXPECT_THAT(store->unfinished_uploads(""), IsEmpty());
}

}  // namespace
}  // namespace wheelyard::transfer
