// What only a folder has: links, rights, limits of files, and what a killed writer leaves.
#include "wheelyard/store/local/local_store.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "support/scratch_folder.hpp"
#include "support/thrown_error.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::store {
namespace {

namespace fs = std::filesystem;
using test_support::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalStore : public ::testing::Test {
 protected:
  LocalStore() { fs::create_directories(root_); }

  std::vector<std::string> names(const std::string& prefix = {}) {
    std::vector<std::string> keys;
    for (const ObjectInfo& info : list_all(*store_, prefix)) keys.push_back(info.key);
    return keys;
  }
  std::string read(const std::string& key) { return get_bytes(*store_, key, 1u << 20).bytes; }
  /// Everything on the disk below the root, hidden or not.
  std::vector<std::string> on_disk() {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      found.push_back(fs::relative(entry.path(), root_).string());
    }
    std::ranges::sort(found);
    return found;
  }

  const test_support::ScratchFolder base_;
  const fs::path root_ = base_ / "root";
  const std::shared_ptr<ObjectStore> store_ = make_local_store(root_);
};

TEST_F(LocalStore, LeavesNothingButTheObject) {
  store_->put("a/b/c", bytes_source("x"));
  EXPECT_THAT(on_disk(), ElementsAre("a", "a/b", "a/b/c"));
  store_->remove("a/b/c");
  EXPECT_TRUE(on_disk().empty());
  EXPECT_TRUE(fs::exists(root_));
}

TEST_F(LocalStore, FilesAreReadableByOthers) {
  mode_t mask = ::umask(022);
  store_->put("a/b", bytes_source("x"));
  ::umask(mask);
  EXPECT_EQ(fs::status(root_ / "a/b").permissions(), fs::perms(0644));
  EXPECT_EQ(fs::status(root_ / "a").permissions(), fs::perms(0755));
}

TEST_F(LocalStore, AFolderThatIsNotThereIsEmpty) {
  auto store = make_local_store(base_ / "not" / "yet");
  EXPECT_TRUE(list_all(*store, "").empty());
  EXPECT_FALSE(find_info(*store, "a").has_value());
  store->remove("a");
  EXPECT_FALSE(fs::exists(base_ / "not"));
  store->put("a", bytes_source("x"), {.mode = PutMode::create()});
  EXPECT_EQ(get_bytes(*store, "a", 10).bytes, "x");
}

TEST_F(LocalStore, AFileInThePlaceOfTheFolderIsNotEmpty) {
  base_.write("file", "x");
  auto store = make_local_store(base_ / "file");
  for (const auto& look :
       std::vector<std::function<void()>>{[&] { list_all(*store, ""); }, [&] { list_all(*store, "a/b"); },
                                          [&] { find_info(*store, "a"); }, [&] { store->get("a"); }}) {
    const auto error = error_of([&] { look(); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("it is not a folder"));
  }
}

TEST_F(LocalStore, ReadsWhatOthersHavePutThere) {
  fs::create_directories(root_ / "acme");
  base_.write("root/acme/a.whl", "wheel");
  fs::create_directories(root_ / "empty" / "folder");
  ::mkfifo((root_ / "pipe").c_str(), 0644);
  EXPECT_EQ(read("acme/a.whl"), "wheel");
  EXPECT_THAT(names(), ElementsAre("acme/a.whl"));
  for (const char* key : {"acme", "empty", "pipe", "acme/a.whl/below"}) {
    EXPECT_FALSE(find_bytes(*store_, key, 10).has_value()) << key;
    EXPECT_FALSE(find_info(*store_, key).has_value()) << key;
  }
  auto page = store_->list({.delimiter = "/"})->next();
  ASSERT_TRUE(page);
  EXPECT_THAT(page->prefixes, ElementsAre("acme/"));
}

TEST_F(LocalStore, AnObjectCannotBeTheFolderOfOthers) {
  store_->put("a", bytes_source("x"));
  store_->put("b/c", bytes_source("x"));
  for (PutMode mode : {PutMode::create(), PutMode::overwrite()}) {
    EXPECT_EQ(error_of([&] { store_->put("a/below", bytes_source("y"), {.mode = mode}); }).code(),
              ErrorCode::unsupported);
    EXPECT_EQ(error_of([&] { store_->put("b", bytes_source("y"), {.mode = mode}); }).code(),
              ErrorCode::unsupported);
  }
  store_->remove("a/below");
  store_->remove("b");
  EXPECT_THAT(names(), ElementsAre("a", "b/c"));
  EXPECT_THAT(on_disk(), ElementsAre("a", "b", "b/c"));
}

TEST_F(LocalStore, AnEmptyFolderGivesItsNameUp) {
  fs::create_directories(root_ / "a");
  fs::create_directories(root_ / "b");
  store_->put("a", bytes_source("x"), {.mode = PutMode::create()});
  store_->put("b", bytes_source("y"));
  EXPECT_EQ(read("a") + read("b"), "xy");
}

TEST_F(LocalStore, FollowsLinksInReading) {
  fs::create_directories(base_ / "elsewhere" / "deep");
  base_.write("elsewhere/deep/f", "linked");
  fs::create_directory_symlink(base_ / "elsewhere", root_ / "link");
  fs::create_symlink(base_ / "elsewhere" / "deep" / "f", root_ / "file");
  fs::create_symlink(base_ / "nowhere", root_ / "dangling");
  fs::create_directory_symlink(root_, root_ / "circle");
  EXPECT_EQ(read("link/deep/f"), "linked");
  EXPECT_EQ(read("file"), "linked");
  EXPECT_THAT(names(), ElementsAre("file", "link/deep/f"));
  EXPECT_FALSE(find_info(*store_, "dangling").has_value());
}

TEST_F(LocalStore, WritesThroughNoLink) {
  fs::create_directories(base_ / "elsewhere");
  base_.write("elsewhere/f", "theirs");
  fs::create_directory_symlink(base_ / "elsewhere", root_ / "link");
  Error error = error_of([&] { store_->put("link/new", bytes_source("x")); });
  EXPECT_EQ(error.code(), ErrorCode::permission_denied);
  EXPECT_THAT(error.what(), HasSubstr("'link'"));
  EXPECT_EQ(error_of([&] { store_->put("link/f", nullptr, {.mode = PutMode::create()}); }).code(),
            ErrorCode::permission_denied);
  EXPECT_EQ(error_of([&] { store_->remove("link/f"); }).code(), ErrorCode::permission_denied);
  EXPECT_EQ(read_file(base_ / "elsewhere" / "f"), "theirs");
  EXPECT_FALSE(fs::exists(base_ / "elsewhere" / "new"));
  // A link in the object's own place is replaced, and what it leads to stays.
  fs::create_symlink(base_ / "elsewhere" / "f", root_ / "own");
  store_->put("own", bytes_source("ours"));
  EXPECT_EQ(read("own"), "ours");
  EXPECT_EQ(read_file(base_ / "elsewhere" / "f"), "theirs");
}

TEST_F(LocalStore, NeverGivesTheSameEtagTwice) {
  // The same size, in the same instant, on inodes that are used again: only the time's order keeps them
  // apart.
  std::vector<std::string> etags;
  for (int round = 0; round < 60; ++round) etags.push_back(store_->put("a", bytes_source("x")).etag);
  std::ranges::sort(etags);
  EXPECT_EQ(std::ranges::adjacent_find(etags), etags.end());
}

TEST_F(LocalStore, ItsTimeGoesForwardThoughTheClockStoodBefore) {
  std::string old = store_->put("a", bytes_source("x")).etag;
  auto future = fs::file_time_type::clock::now() + std::chrono::hours(10);
  fs::last_write_time(root_ / "a", future);
  store_->put("a", bytes_source("y"));
  EXPECT_GT(fs::last_write_time(root_ / "a"), future);
}

TEST_F(LocalStore, AChangeByOthersChangesTheEtag) {
  std::string etag = store_->put("a", bytes_source("x")).etag;
  base_.write("root/a", "other");
  EXPECT_EQ(error_of([&] { store_->put("a", nullptr, {.mode = PutMode::update(etag)}); }).code(),
            ErrorCode::precondition_failed);
}

TEST_F(LocalStore, AFullDiskLeavesNothingHalfWritten) {
  store_->put("a", bytes_source("old"));
  pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int failures = 0;
    for (const char* key : {"a", "new/b"}) {
      try {
        make_local_store(root_)->put(key, bytes_source(std::string(5000, 'x')));
      } catch (const Error& error) {
        failures += error.code() == ErrorCode::unavailable;
      }
    }
    ::_exit(failures);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_THAT(on_disk(), ElementsAre("a"));
  EXPECT_EQ(read("a"), "old");
}

TEST_F(LocalStore, MissingRightsAreSaidToBeMissing) {
  if (::geteuid() == 0) {
    // The superuser may everything: another user tries.
    fs::permissions(base_.path(), fs::perms(0755));
    fs::permissions(root_, fs::perms(0700));
  } else {
    fs::permissions(root_, fs::perms(0000));
  }
  pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(100);
    int denied = 0;
    auto store = make_local_store(root_);
    auto count = [&](auto action) {
      try {
        action();
      } catch (const Error& error) {
        denied += error.code() == ErrorCode::permission_denied && !error.hint().empty();
      }
    };
    count([&] { store->put("a", bytes_source("x")); });
    count([&] { store->get("a"); });
    count([&] { store->head("a"); });
    count([&] { list_all(*store, ""); });
    count([&] { list_all(*store, "sub/folder/"); });
    count([&] { store->remove("a"); });
    ::_exit(denied);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::permissions(root_, fs::perms(0755));
  EXPECT_EQ(WEXITSTATUS(status), 6);
}

TEST_F(LocalStore, ARootThatMayNotBeWrittenToIsNamedAndNotTheObject) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  // Below the root all is this user's own.
  fs::permissions(base_.path(), fs::perms(0755));
  fs::permissions(root_, fs::perms(0755));
  fs::create_directory(root_ / "own");
  ASSERT_EQ(::chown((root_ / "own").c_str(), 65534, 65534), 0);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(100);
    std::string told;
    try {
      make_local_store(root_)->put("own/a", bytes_source("x"));
    } catch (const Error& error) {
      told = std::string(to_string(error.code())) + ": " + error.what() + " | " + error.hint();
    }
    ::_exit(::write(ends[1], told.data(), told.size()) == static_cast<ssize_t>(told.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string told(4096, '\0');
  const auto count = ::read(ends[0], told.data(), told.size());
  ::close(ends[0]);
  told.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(told, "permission_denied: cannot make a file under way in " + root_.string() +
                      "/.wheelyard-tmp-65534: Permission denied | every file is first written there: whoever "
                      "writes to this store has to be allowed to write to its root, " +
                      root_.string());
}

/// A put that is killed in the middle of its body.
void put_and_die(const fs::path& root) {
  struct Stuck : Source, std::enable_shared_from_this<Stuck> {
    struct Body : Reader {
      std::size_t read(char* buffer, std::size_t) override {
        if (std::exchange(begun, true)) ::raise(SIGKILL);
        *buffer = 'x';
        return 1;
      }
      bool begun = false;
    };
    std::uint64_t size() const override { return 10; }
    std::unique_ptr<Reader> open() const override { return std::make_unique<Body>(); }
  };
  pid_t child = ::fork();
  if (child == 0) {
    make_local_store(root)->put("a/b", std::make_shared<Stuck>());
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST_F(LocalStore, WhatAKilledWriterLeftIsClearedByTheNext) {
  put_and_die(root_);
  ASSERT_FALSE(on_disk().empty());
  EXPECT_TRUE(names().empty());
  auto page = store_->list({.delimiter = "/"})->next();
  EXPECT_TRUE(!page || (page->objects.empty() && page->prefixes.empty()));
  make_local_store(root_)->put("c", bytes_source("y"));
  EXPECT_THAT(on_disk(), ElementsAre("c"));
}

TEST_F(LocalStore, ASweepClearsItWithoutAnyWrite) {
  put_and_die(root_);
  ASSERT_FALSE(on_disk().empty());
  make_local_store(root_)->sweep();
  EXPECT_THAT(on_disk(), IsEmpty());
}

TEST_F(LocalStore, WhatIsBeingWrittenIsNotClearedAway) {
  // Another store begins, and so sweeps, while a body is under way.
  struct Slow : Source {
    explicit Slow(std::function<void()> during) : during_(std::move(during)) {}
    struct Body : Reader {
      explicit Body(std::function<void()> during) : during_(std::move(during)) {}
      std::size_t read(char* buffer, std::size_t) override {
        if (done_) return 0;
        during_();
        done_ = true;
        *buffer = 'x';
        return 1;
      }
      std::function<void()> during_;
      bool done_ = false;
    };
    std::uint64_t size() const override { return 1; }
    std::unique_ptr<Reader> open() const override { return std::make_unique<Body>(during_); }
    std::function<void()> during_;
  };
  store_->put("slow",
              std::make_shared<Slow>([&] { make_local_store(root_)->put("fast", bytes_source("y")); }));
  EXPECT_EQ(read("slow"), "x");
  EXPECT_THAT(on_disk(), ElementsAre("fast", "slow"));
}

TEST_F(LocalStore, AFolderThatIsPrunedMeanwhileIsMadeAgain) {
  // In memory, where many rounds cost little: one worker's removal prunes what the others are about to rename
  // into.
  fs::path root = fs::path("/dev/shm") / root_.parent_path().filename();
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "no file system in memory";
  auto store = make_local_store(root);
  std::vector<std::jthread> workers;
  std::atomic<int> failures = 0;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, key = "deep/folder/" + std::to_string(worker)] {
      for (int round = 0; round < 1500; ++round) {
        try {
          store->put(key, bytes_source("x"), {.mode = round % 2 ? PutMode::create() : PutMode::overwrite()});
          store->remove(key);
        } catch (const Error& error) {
          if (failures++ == 0) ADD_FAILURE() << error.what();
        }
      }
    });
  }
  workers.clear();
  EXPECT_EQ(failures, 0);
  EXPECT_TRUE(fs::is_empty(root));
  fs::remove_all(root);
}

TEST_F(LocalStore, ALockOfADeadProcessHoldsNobody) {
  std::string etag = store_->put("a/b", bytes_source("x")).etag;
  pid_t child = ::fork();
  if (child == 0) {
    int folder = ::open((root_ / "a").c_str(), O_RDONLY | O_DIRECTORY);
    ::flock(folder, LOCK_EX);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_NO_THROW(store_->put("a/b", bytes_source("y"), {.mode = PutMode::update(etag)}));
}

}  // namespace
}  // namespace wheelyard::store
