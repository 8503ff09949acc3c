#include "wheelyard/release/download.hpp"

#include <csignal>
#include <filesystem>
#include <mutex>

#include "legacy_bucket.hpp"
#include "pipeline_fixture.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/release/staging_folder.hpp"

namespace wheelyard::release {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

/// The error that something ends with, as "code: sentence | hint".
std::string failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.what() + " | " + error.hint();
  }
  return "nothing was thrown";
}

class Download : public ::testing::Test {
 protected:
  DownloadReport get(const std::string& rank, const fs::path& to, const std::string& name = app,
                     const std::string& version = {}) const {
    return bucket_.pipeline().download(
        {.name = name, .rank = rank, .version = version, .to = to, .progress = {}});
  }
  void overwrite(const std::string& key, const std::string& bytes) const {
    bucket_.store()->put(key, bytes_source(bytes));
  }

  PipelineFixture bucket_;
  test_support::ScratchFolder folder_;
};

TEST_F(Download, PutsAFileIntoAFolderOrToAPath) {
  const auto pushed = bucket_.push("1");
  const auto report = get("qa", folder_.path());
  EXPECT_THAT(report.paths, ElementsAre(folder_ / app));
  EXPECT_EQ(report.manifest, pushed.manifest);
  EXPECT_EQ(report.rank, "qa");
  EXPECT_GE(report.seq, pushed.seq);
  EXPECT_EQ(read_file(folder_ / app), "bytes of 1");
  EXPECT_THAT(get("qa", folder_ / "other.tgz").paths, ElementsAre(folder_ / "other.tgz"));
  EXPECT_EQ(read_file(folder_ / "other.tgz"), "bytes of 1");
  EXPECT_THAT(get("qa", folder_ / "new" / "deep" / "").paths, ElementsAre(folder_ / "new" / "deep" / app));
  EXPECT_THAT(get("qa", folder_ / "more" / "name").paths, ElementsAre(folder_ / "more" / "name"));
  EXPECT_THAT(names_in(folder_), UnorderedElementsAre(app, "other.tgz", "new", "more"));
}

TEST_F(Download, PutsAllFilesOfAReleaseIntoAFolder) {
  bucket_.push({{"a", "1"}, {"b", ""}, {"c", std::string(100'000, 'c')}}, "1", "suite");
  EXPECT_THAT(get("qa", folder_ / "new", "suite").paths,
              ElementsAre(folder_ / "new" / "a", folder_ / "new" / "b", folder_ / "new" / "c"));
  EXPECT_EQ(read_file(folder_ / "new" / "c"), std::string(100'000, 'c'));
  EXPECT_THAT(names_in(folder_ / "new"), UnorderedElementsAre("a", "b", "c"));
  folder_.write("file", "mine");
  EXPECT_THAT(failure([&] { get("qa", folder_ / "file", "suite"); }),
              HasSubstr("it is a file, and the release has 3 files | name a folder"));
  EXPECT_EQ(read_file(folder_ / "file"), "mine");
}

TEST_F(Download, GivesWhatTheRankHolds) {
  bucket_.push("1");
  bucket_.promote("staging");
  bucket_.push("2");
  EXPECT_EQ(get("staging", folder_.path()).manifest.version, "1");
  EXPECT_EQ(read_file(folder_ / app), "bytes of 1");
  EXPECT_EQ(get("qa", folder_.path()).manifest.version, "2");
  EXPECT_EQ(read_file(folder_ / app), "bytes of 2");
  EXPECT_EQ(get("qa", folder_.path(), app, "2").manifest.version, "2");
}

TEST_F(Download, RefusesWhatIsNotThere) {
  bucket_.push("1");
  const auto refused = [&](const std::string& rank, const std::string& name, const std::string& version) {
    return refusal_of([&] { get(rank, folder_.path(), name, version); });
  };
  EXPECT_EQ(refused("qa", app, "2"), Refusal::other_version);
  EXPECT_EQ(refused("production", app, ""), Refusal::unknown_release);
  EXPECT_EQ(refused("nowhere", app, ""), Refusal::unknown_rank);
  EXPECT_EQ(refused("qa", "other", ""), Refusal::unknown_release);
  EXPECT_THAT(names_in(folder_), ElementsAre());
}

TEST_F(Download, OtherBytesThanTheManifestNamesAreNeverGiven) {
  bucket_.push({{"a", "good"}, {"b", "good too"}}, "1", "suite");
  folder_.write("a", "older");
  for (const std::string bytes : {"evil too", "good to", "good too and more", ""}) {
    overwrite("archive/1/b", bytes);
    EXPECT_THAT(failure([&] { get("qa", folder_.path(), "suite"); }),
                testing::AllOf(HasSubstr("corrupted: cannot read "), HasSubstr("archive/1/b"),
                               HasSubstr("manifest"), HasSubstr("wheelyard release verify --deep")))
        << bytes;
    EXPECT_THAT(names_in(folder_), ElementsAre("a"));
    EXPECT_EQ(read_file(folder_ / "a"), "older");
  }
}

TEST_F(Download, LargeFilesComeInRangesAndAreHeldAgainstTheManifestToo) {
  std::string large(70u << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i / 4096 % 26);
  bucket_.push({{app, large}}, "1");
  std::mutex mutex;
  std::vector<ProgressEvent> events;
  const auto progress = [&](const ProgressEvent& event) {
    const std::lock_guard lock(mutex);
    events.push_back(event);
  };
  bucket_.options().workers = 4;
  const auto states = bucket_.states();
  const auto document = *states.find_version(app, "1");
  fetch_release(states, document, folder_.path(),
                {.workers = 4, .only = {}, .rename = {}, .progress = progress});
  EXPECT_TRUE(read_file(folder_ / app, 100u << 20) == large);
  ASSERT_EQ(events.size(), 6u);
  EXPECT_EQ(events.back().kind, ProgressEvent::Kind::finished);
  EXPECT_EQ(events.back().done, large.size());

  fs::remove(folder_ / app);
  auto other = large;
  other[40u << 20] ^= 1;
  overwrite("archive/1/" + app, other);
  EXPECT_THAT(failure([&] { get("qa", folder_.path()); }), HasSubstr("SHA-256 is not the manifest's"));
  overwrite("archive/1/" + app, large + "x");
  EXPECT_THAT(failure([&] { get("qa", folder_.path()); }), HasSubstr("its size is not the 73400320 bytes"));
  overwrite("archive/1/" + app, large.substr(0, large.size() - 1));
  EXPECT_THAT(failure([&] { get("qa", folder_.path()); }), HasSubstr("its size is not the 73400320 bytes"));
  overwrite("archive/1/" + app, large.substr(0, 30u << 20));
  EXPECT_THAT(failure([&] { get("qa", folder_.path()); }), HasSubstr("its size is not the 73400320 bytes"));
  EXPECT_THAT(names_in(folder_), ElementsAre());
}

/// What a prune does that comes between the look at the state and the read of the bytes.
TEST_F(Download, GoesOnWithWhatTheRankHoldsNowWhereAPruneWasFaster) {
  std::function<void()> overtake;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (operation == "get" && key == "archive/1/" + app && overtake) std::exchange(overtake, nullptr)();
  };
  const PipelineFixture bucket(store::make_memory_store(options));
  bucket.push("1");
  overtake = [&] {
    bucket.push("2");
    bucket.store()->remove("archive/1/" + app);
  };
  const auto report = bucket.pipeline().download(
      {.name = app, .rank = "qa", .version = {}, .to = folder_.path(), .progress = {}});
  EXPECT_EQ(report.manifest.version, "2");
  EXPECT_EQ(read_file(folder_ / app), "bytes of 2");
}

TEST_F(Download, BytesThatAreGoneWhileTheRankHoldsThemAreSaidToBeMissing) {
  bucket_.push("1");
  bucket_.store()->remove("archive/1/" + app);
  EXPECT_THAT(
      failure([&] { get("qa", folder_.path()); }),
      testing::AllOf(
          HasSubstr(
              "corrupted: cannot download app.tar.gz 1 (qa): the rank holds it, and its bytes are not there"),
          HasSubstr("verify --deep")));
  EXPECT_THAT(names_in(folder_), ElementsAre());
}

TEST_F(Download, AServerThatRefusesIsNoAbsence) {
  bool deny = false;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (deny && operation == "get" && key.starts_with("archive/"))
      throw Error(ErrorCode::permission_denied, "read", std::string(key), "AccessDenied");
  };
  const PipelineFixture bucket(store::make_memory_store(options));
  bucket.push("1");
  deny = true;
  EXPECT_THAT(failure([&] {
                bucket.pipeline().download(
                    {.name = app, .rank = "qa", .version = {}, .to = folder_.path(), .progress = {}});
              }),
              HasSubstr("permission_denied: cannot read"));
}

TEST_F(Download, LinksAreReplacedAndNeverFollowed) {
  const test_support::ScratchFolder elsewhere;
  elsewhere.write("precious", "mine");
  fs::create_symlink(elsewhere / "precious", folder_ / app);
  bucket_.push("1");
  get("qa", folder_.path());
  EXPECT_EQ(read_file(elsewhere / "precious"), "mine");
  EXPECT_FALSE(fs::is_symlink(folder_ / app));
  EXPECT_EQ(read_file(folder_ / app), "bytes of 1");
}

TEST_F(Download, FoldersAndDevicesInTheWayAreNamed) {
  bucket_.push({{"a", "1"}, {"b", "2"}}, "1", "suite");
  fs::create_directory(folder_ / "b");
  EXPECT_THAT(
      failure([&] { get("qa", folder_.path(), "suite"); }),
      testing::AllOf(HasSubstr("invalid_argument: cannot write"), HasSubstr("a folder has that name")));
  fs::remove(folder_ / "b");
  ASSERT_EQ(::mkfifo((folder_ / "b").c_str(), 0600), 0);
  EXPECT_THAT(failure([&] { get("qa", folder_.path(), "suite"); }),
              HasSubstr("a device or pipe has that name"));
  EXPECT_THAT(names_in(folder_), ElementsAre("b"));
  bucket_.push("1");
  EXPECT_THAT(failure([&] { get("qa", folder_ / "b"); }), HasSubstr("a device or pipe has that name"));
  fs::create_symlink("b", folder_ / "as.b");
  EXPECT_THAT(failure([&] { get("qa", folder_ / "as.b"); }), HasSubstr("a device or pipe has that name"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "as.b"));
  folder_.write("file", "mine");
  EXPECT_THAT(failure([&] { get("qa", folder_ / "file" / ""); }),
              HasSubstr("it is a file, and not a folder"));
}

TEST_F(Download, NamesThatLeadElsewhereAreRefused) {
  for (const auto& name : std::vector<std::string>{"../evil", "a/b", "..", "", (folder_ / "evil").string(),
                                                   std::string("a\0b", 3)}) {
    VersionDocument document{.manifest = {.name = "x",
                                          .version = "1",
                                          .files = {{.name = name, .size = 0, .sha256 = sha256_hex("")}}}};
    EXPECT_THAT(failure([&] { fetch_release(bucket_.states(), document, folder_ / "in"); }),
                HasSubstr("invalid_argument"))
        << name;
  }
  EXPECT_THAT(names_in(folder_), ElementsAre());
}

TEST_F(Download, ADiskThatIsFullIsSaidAndNothingIsLeft) {
  bucket_.push({{"a", "small"}, {"b", std::string(200'000, 'b')}}, "1", "suite");
  struct rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small{100'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto said = failure([&] { get("qa", folder_.path(), "suite"); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(said, testing::AllOf(HasSubstr("unavailable: cannot write " + (folder_ / "b").string()),
                                   HasSubstr("File too large")));
  EXPECT_THAT(names_in(folder_), ElementsAre());
}

TEST_F(Download, WhatADeadProcessHasLeftIsRemovedAndWhatALivingOneHasIsNot) {
  bucket_.push("1");
  folder_.write(".wheelyard-release-0123456789abcdef/0", "left");
  folder_.write(".wheelyard-release-fedcba9876543210/0", "under way");
  const auto locked = open_file(folder_ / ".wheelyard-release-fedcba9876543210", O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(locked.get(), LOCK_EX | LOCK_NB), 0);
  get("qa", folder_.path());
  EXPECT_THAT(names_in(folder_), UnorderedElementsAre(app, ".wheelyard-release-fedcba9876543210"));
  EXPECT_EQ(read_file(folder_ / ".wheelyard-release-fedcba9876543210" / "0"), "under way");
}

TEST_F(Download, OfABucketThatAnotherProgramWroteGivesTheDocumentedKey) {
  const LegacyBucket legacy{*bucket_.store()};
  legacy.push(app, "by s3p", "7");
  const auto report = get("qa", folder_.path());
  EXPECT_EQ(report.manifest.version, "7");
  EXPECT_EQ(report.manifest.files.at(0).sha256, sha256_hex("by s3p"));
  EXPECT_EQ(report.seq, 0u);
  EXPECT_EQ(read_file(folder_ / app), "by s3p");
  EXPECT_FALSE(bucket_.states().find(app)) << "a download has written";
  EXPECT_EQ(refusal_of([&] { get("staging", folder_.path()); }), Refusal::unknown_release);
  EXPECT_EQ(refusal_of([&] { get("qa", folder_.path(), app, "8"); }), Refusal::other_version);
  EXPECT_THAT(get("qa", folder_ / "x").paths, ElementsAre(folder_ / "x"));
}

TEST(StagingFolder, PutsEverythingBackWhereOneFileGetsNoName) {
  const test_support::ScratchFolder folder;
  folder.write("a", "old a");
  {
    StagingFolder staging(folder.path());
    for (const std::string staged : {"0", "1"}) {
      const auto file = staging.open(staged);
      write_all(file.get(), "new", staged);
    }
    EXPECT_THROW(staging.publish({{"0", "a"}, {"1", "b"}, {"missing", "c"}}), Error);
    EXPECT_EQ(read_file(folder / "a"), "old a");
    EXPECT_FALSE(fs::exists(folder / "b"));
  }
  EXPECT_THAT(names_in(folder), ElementsAre("a"));
}

}  // namespace
}  // namespace wheelyard::release
