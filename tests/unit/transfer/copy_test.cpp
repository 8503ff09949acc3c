#include <atomic>
#include <thread>

#include "transfer_fixture.hpp"
#include <fcntl.h>
#include <sys/stat.h>

namespace wheelyard::transfer {
namespace {

using test_support::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Outcome = ItemEvent::Outcome;

class CopyTest : public ::testing::Test {
 protected:
  std::shared_ptr<store::ObjectStore> store = store::make_memory_store();
  ScratchFolder folder;
  Told told;

  TransferReport run(const CopyRequest& request) { return copy(request, told.sinks()); }
};

TEST_F(CopyTest, TreeUpAndDown) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "d" + std::to_string(i % 7) + "/f" + std::to_string(i) + ".txt";
    files[name] = made_bytes(static_cast<std::size_t>(i * 37), i);
    folder.write("up/" + name, files[name]);
  }
  TransferReport report =
      run({.source = in_files(folder / "up"), .target = in_store(store, "t"), .recursive = true});
  EXPECT_EQ(report.done, 300u);
  EXPECT_EQ(report.failed, 0u);
  EXPECT_EQ(told.items.size(), 300u);
  EXPECT_EQ(store->head("t/d1/f1.txt").content_type, "text/plain");
  report = run({.source = in_store(store, "t/"), .target = in_files(folder / "down"), .recursive = true});
  EXPECT_EQ(report.done, 300u);
  EXPECT_EQ(files_in(folder / "down"), files);
  EXPECT_EQ(told.progress.back().bytes_done, told.progress.back().bytes_known);
  EXPECT_EQ(told.progress.back().items_done, 300u);
  EXPECT_TRUE(told.progress.back().all_known);
}

TEST_F(CopyTest, SingleFileGetsTheNameOrGoesIntoTheFolder) {
  const auto file = folder.write("a.txt", "hello");
  run({.source = in_files(file), .target = in_store(store, "x")});
  run({.source = in_files(file), .target = in_store(store, "y/")});
  run({.source = in_files(file), .target = in_store(store, "")});
  EXPECT_THAT(objects_in(*store),
              ElementsAre(Pair("a.txt", "hello"), Pair("x", "hello"), Pair("y/a.txt", "hello")));
  std::filesystem::create_directory(folder / "into");
  run({.source = in_store(store, "y/a.txt"), .target = in_files(folder / "into")});
  run({.source = in_store(store, "y/a.txt"), .target = in_files(folder / "new/b.txt")});
  EXPECT_EQ(read_file(folder / "into/a.txt"), "hello");
  EXPECT_EQ(read_file(folder / "new/b.txt"), "hello");
}

TEST_F(CopyTest, ManySourcesAreOneWork) {
  const auto a = folder.write("a", "1");
  const auto b = folder.write("b", "2");
  const TransferReport report = run({.source = in_files(a),
                                     .target = in_store(store, "t/"),
                                     .more = {{in_files(folder / "missing"), in_store(store, "t/")},
                                              {in_files(b), in_store(store, "t/")}}});
  EXPECT_EQ(report.done, 2u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::not_found);
  EXPECT_THAT(objects_in(*store), ElementsAre(Pair("t/a", "1"), Pair("t/b", "2")));
}

TEST_F(CopyTest, NothingThereIsThrown) {
  EXPECT_THROW(run({.source = in_files(folder / "no"), .target = in_store(store, "x")}), Error);
  EXPECT_THROW(run({.source = in_files(folder / "no"), .target = in_store(store, "x"), .recursive = true}),
               Error);
  EXPECT_THROW(run({.source = in_store(store, "no"), .target = in_files(folder / "x")}), Error);
  EXPECT_TRUE(told.items.empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
}

TEST_F(CopyTest, StoreToStoreInsideAndBetween) {
  auto other = store::make_memory_store();
  store->put("a/1", bytes_source("one"), {.content_type = "text/x", .metadata = {{"k", "v"}}});
  put(*store, "a/2", std::string(100'000, 'x'));
  run({.source = in_store(store, "a"), .target = in_store(store, "b"), .recursive = true});
  run({.source = in_store(store, "a"), .target = in_store(other, "c"), .recursive = true});
  EXPECT_EQ(objects_in(*store, "b/").at("b/1"), "one");
  EXPECT_EQ(objects_in(*other).at("c/2"), std::string(100'000, 'x'));
  EXPECT_EQ(other->head("c/1").content_type, "text/x");
  EXPECT_EQ(other->head("c/1").metadata.at("k"), "v");
}

TEST_F(CopyTest, MoveRemovesEachSourceOnceItsTargetIsThere) {
  folder.write("up/a", "1");
  folder.write("up/d/b", "2");
  EXPECT_EQ(run({.source = in_files(folder / "up"),
                 .target = in_store(store, "t"),
                 .recursive = true,
                 .move = true})
                .done,
            2u);
  EXPECT_TRUE(files_in(folder / "up").empty());
  EXPECT_TRUE(told.items.front().moved);
  run({.source = in_store(store, "t"), .target = in_store(store, "u"), .recursive = true, .move = true});
  EXPECT_THAT(objects_in(*store), ElementsAre(Pair("u/a", "1"), Pair("u/d/b", "2")));
  EXPECT_EQ(run({.source = in_store(store, "u"),
                 .target = in_files(folder / "down"),
                 .recursive = true,
                 .move = true})
                .done,
            2u);
  EXPECT_TRUE(objects_in(*store).empty());
  EXPECT_THAT(files_in(folder / "down"), ElementsAre(Pair("a", "1"), Pair("d/b", "2")));
}

TEST_F(CopyTest, NothingIsMovedOntoItself) {
  put(*store, "a/x", "1");
  EXPECT_THROW(run({.source = in_store(store, "a/x"), .target = in_store(store, "a/x"), .move = true}),
               Error);
  EXPECT_THROW(run({.source = in_store(store, "a/x"), .target = in_store(store, "a/"), .move = true}), Error);
  EXPECT_THROW(
      run({.source = in_store(store, "a"), .target = in_store(store, "a/"), .recursive = true, .move = true}),
      Error);
  EXPECT_THROW(run({.source = in_store(store, "a"), .target = in_store(store, "a/b"), .recursive = true}),
               Error);
  EXPECT_THAT(objects_in(*store), ElementsAre(Pair("a/x", "1")));
  const auto file = folder.write("f", "1");
  EXPECT_THROW(run({.source = in_files(file), .target = in_files(file)}), Error);
  EXPECT_THROW(run({.source = in_files(file), .target = in_files(folder / "."), .move = true}), Error);
  std::filesystem::create_hard_link(file, folder / "g");
  run({.source = in_files(file), .target = in_files(folder / "g")});
  EXPECT_EQ(told.failed().error->code(), ErrorCode::invalid_argument);
  EXPECT_EQ(read_file(file), "1");
}

TEST_F(CopyTest, AFailedItemStandsAloneAndItsSourceStays) {
  store::MemoryStoreOptions options;
  options.before = [](std::string_view operation, std::string_view key) {
    if (operation == "put" && key == "t/b")
      throw Error(ErrorCode::permission_denied, "write", "t/b", "on purpose");
  };
  store = store::make_memory_store(options);
  for (const char* name : {"a", "b", "c"}) folder.write(std::string("up/") + name, name);
  const auto report = run(
      {.source = in_files(folder / "up"), .target = in_store(store, "t"), .recursive = true, .move = true});
  EXPECT_EQ(report.done, 2u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(told.failed().source, (folder / "up/b").string());
  EXPECT_THAT(files_in(folder / "up"), ElementsAre(Pair("b", "b")));
}

TEST_F(CopyTest, KeysThatNoFileCanHaveAreFailedItems) {
  for (const char* key : {"t/../out", "t//x", "t/a/./b", "t//abs", "t/a/../../out", "t/ok"})
    put(*store, key, key);
  put(*store, "t/" + std::string(256, 'n'), "long");
  put(*store, "t/.wheelyard-part-x", "own");
  const auto report =
      run({.source = in_store(store, "t"), .target = in_files(folder / "in/down"), .recursive = true});
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(report.failed, 7u);
  EXPECT_THAT(files_in(folder), ElementsAre(Pair("in/down/ok", "t/ok")));
}

TEST_F(CopyTest, NothingIsWrittenThroughALink) {
  std::filesystem::create_directories(folder / "outside");
  std::filesystem::create_directories(folder / "down");
  folder.write("outside/f", "old");
  std::filesystem::create_symlink(folder / "outside", folder / "down/dir");
  std::filesystem::create_symlink(folder / "outside/f", folder / "down/f");
  put(*store, "t/dir/x", "1");
  put(*store, "t/f", "new");
  const auto report =
      run({.source = in_store(store, "t"), .target = in_files(folder / "down"), .recursive = true});
  EXPECT_EQ(report.failed, 1u);
  EXPECT_THAT(told.failed().error->what(), HasSubstr("symbolic link"));
  EXPECT_EQ(read_file(folder / "outside/f"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "outside/x"));
  EXPECT_EQ(read_file(folder / "down/f"), "new");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "down/f"));
}

TEST_F(CopyTest, AFileAndAFolderOfOneNameDoNotHideEachOther) {
  put(*store, "t/a", "file");
  put(*store, "t/a/b", "below");
  const auto report = run({.source = in_store(store, "t"),
                           .target = in_files(folder / "down"),
                           .recursive = true,
                           .options = {.jobs = 1}});
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(read_file(folder / "down/a"), "file");
  EXPECT_EQ(told.failed().error->code(), ErrorCode::invalid_argument);
}

TEST_F(CopyTest, IfAbsentSkipsWhatIsThere) {
  put(*store, "t/a", "old");
  folder.write("up/a", "new");
  folder.write("up/b", "new");
  auto report = run({.source = in_files(folder / "up"),
                     .target = in_store(store, "t"),
                     .recursive = true,
                     .options = {.if_absent = true}});
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_THAT(objects_in(*store), ElementsAre(Pair("t/a", "old"), Pair("t/b", "new")));
  report = run({.source = in_store(store, "t"),
                .target = in_files(folder / "up"),
                .recursive = true,
                .options = {.if_absent = true}});
  EXPECT_EQ(report.skipped, 2u);
  EXPECT_EQ(read_file(folder / "up/a"), "new");
}

TEST_F(CopyTest, IfMatchIsHeldTo) {
  put(*store, "a", "old");
  const auto file = folder.write("f", "new");
  run({.source = in_files(file), .target = in_store(store, "a"), .options = {.if_match = "other"}});
  EXPECT_EQ(told.failed().error->code(), ErrorCode::precondition_failed);
  EXPECT_EQ(objects_in(*store).at("a"), "old");
  told.items.clear();
  run({.source = in_files(file),
       .target = in_store(store, "a"),
       .options = {.if_match = store->head("a").etag}});
  EXPECT_EQ(objects_in(*store).at("a"), "new");
  run({.source = in_store(store, "a"), .target = in_files(folder / "g"), .options = {.if_match = "other"}});
  EXPECT_EQ(told.failed().error->code(), ErrorCode::precondition_failed);
  EXPECT_FALSE(std::filesystem::exists(folder / "g"));
}

TEST_F(CopyTest, DryRunChangesNothing) {
  folder.write("up/a", "1");
  const auto report = run({.source = in_files(folder / "up"),
                           .target = in_store(store, "t"),
                           .recursive = true,
                           .move = true,
                           .options = {.dry_run = true}});
  EXPECT_EQ(report.done, 1u);
  EXPECT_EQ(told.items.front().outcome, Outcome::planned);
  EXPECT_TRUE(objects_in(*store).empty());
  EXPECT_EQ(read_file(folder / "up/a"), "1");
}

TEST_F(CopyTest, TimesComeWithTheObjectOrWithItsMetadata) {
  const auto file = folder.write("up/a", "1");
  const timespec times[2] = {{1'500'000'000, 0}, {1'500'000'000, 123'456'789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  run({.source = in_files(file), .target = in_store(store, "plain")});
  run({.source = in_files(file), .target = in_store(store, "kept"), .options = {.preserve = true}});
  EXPECT_TRUE(store->head("plain").metadata.empty());
  EXPECT_EQ(store->head("kept").metadata.at("mtime"), "1500000000.123456789");
  EXPECT_EQ(store->head("kept").metadata.at("mode"), "0100640");
  run({.source = in_store(store, "plain"), .target = in_files(folder / "p")});
  run({.source = in_store(store, "kept"), .target = in_files(folder / "k"), .options = {.preserve = true}});
  struct stat status{};
  ASSERT_EQ(::stat((folder / "k").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(status.st_mtim.tv_nsec, 123'456'789);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  ASSERT_EQ(::stat((folder / "p").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec * 1'000'000 + status.st_mtim.tv_nsec / 1000,
            store->head("plain").last_modified.time_since_epoch().count());
}

TEST_F(CopyTest, WhatASinkThrowsEndsItAndIsThrownOn) {
  for (int i = 0; i < 2000; ++i) put(*store, "t/" + std::to_string(i), "x");
  int seen = 0;
  const TransferSinks sinks{.on_item = [&](const ItemEvent&) {
    if (++seen == 10) throw Error(ErrorCode::cancelled, "stop", "it", "the user asked");
  }};
  try {
    copy({.source = in_store(store, "t"), .target = in_files(folder / "down"), .recursive = true}, sinks);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  EXPECT_EQ(seen, 10);
  EXPECT_LT(files_in(folder / "down").size(), 200u);
}

TEST_F(CopyTest, WalksTellWhatTheyCannotTake) {
  folder.write("up/ok", "1");
  folder.write("up/deep/ok", "2");
  std::filesystem::create_symlink(folder / "up", folder / "up/deep/loop");
  std::filesystem::create_symlink("nowhere", folder / "up/broken");
  ASSERT_EQ(::mkfifo((folder / "up/pipe").c_str(), 0600), 0);
  auto report = run({.source = in_files(folder / "up"), .target = in_store(store, "t"), .recursive = true});
  EXPECT_EQ(report.done, 2u);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_EQ(report.failed, 2u);
  told.items.clear();
  report = run({.source = in_files(folder / "up"),
                .target = in_store(store, "t"),
                .recursive = true,
                .options = {.follow_symlinks = false}});
  EXPECT_EQ(report.done, 2u);
  EXPECT_EQ(report.failed, 0u);
}

TEST_F(CopyTest, AChangedSourceIsNotCompleted) {
  const auto file = folder.write("big", made_bytes(3'000'000));
  int reads = 0;
  const TransferSinks sinks{.on_item = told.sinks().on_item,
                            .on_progress = [&](const TransferProgress& progress) {
                              if (progress.bytes_done > 0 && reads++ == 0)
                                std::ofstream(file, std::ios::app) << "more";
                            }};
  copy({.source = in_files(file), .target = in_store(store, "big"), .options = {.limit_rate = 2'000'000}},
       sinks);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(told.failed().error->code(), ErrorCode::corrupted);
  EXPECT_TRUE(objects_in(*store).empty());
}

TEST_F(CopyTest, LocalToLocal) {
  folder.write("up/a/b", made_bytes(100'000));
  run({.source = in_files(folder / "up"), .target = in_files(folder / "to"), .recursive = true});
  EXPECT_EQ(files_in(folder / "to"), files_in(folder / "up"));
  EXPECT_THROW(
      run({.source = in_files(folder / "up"), .target = in_files(folder / "up/sub"), .recursive = true}),
      Error);
}

TEST_F(CopyTest, TheRateIsHeldTo) {
  put(*store, "a", std::string(300'000, 'x'));
  const auto begun = std::chrono::steady_clock::now();
  run({.source = in_store(store, "a"), .target = in_files(folder / "a"), .options = {.limit_rate = 200'000}});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(900));
}

TEST(Remove, SingleTreesAndSeveral) {
  auto store = store::make_memory_store();
  for (int i = 0; i < 2500; ++i) put(*store, "t/" + std::to_string(i), "x");
  put(*store, "single", "x");
  put(*store, "tail", "x");
  Told told;
  auto report =
      remove({.target = in_store(store, "single"), .more = {in_store(store, "not-there")}}, told.sinks());
  EXPECT_EQ(report.removed, 2u);
  Filter filter;
  filter.exclude("1*");
  report = remove({.target = in_store(store, "t"), .recursive = true, .options = {.filter = filter}},
                  told.sinks());
  EXPECT_EQ(report.removed, 2500u - 1111u);
  EXPECT_EQ(store::list_all(*store, "t/").size(), 1111u);
  report =
      remove({.target = in_store(store, "t"), .recursive = true, .options = {.dry_run = true}}, told.sinks());
  EXPECT_EQ(store::list_all(*store, "t/").size(), 1111u);
  EXPECT_EQ(store::list_all(*store, "tail").size(), 1u);
}

TEST(Remove, FilesAndTheirEmptyFolders) {
  ScratchFolder folder;
  folder.write("t/a/b/c", "1");
  folder.write("t/d", "1");
  folder.write("outside/f", "1");
  std::filesystem::create_symlink(folder / "outside", folder / "t/link");
  EXPECT_EQ(remove({.target = in_files(folder / "t"), .recursive = true}).removed, 3u);
  EXPECT_FALSE(std::filesystem::exists(folder / "t"));
  EXPECT_TRUE(std::filesystem::exists(folder / "outside/f"));
  EXPECT_THROW(remove({.target = in_files(folder / "outside")}), Error);
}

TEST(Expand, FindsWhatFits) {
  auto store = store::make_memory_store();
  for (const char* key : {"d/a.whl", "d/b.whl", "d/c.txt", "d/e/x.whl", "d/[b].whl"}) put(*store, key, "1");
  const auto names = [](const std::vector<Place>& places) {
    std::vector<std::string> all;
    for (const Place& place : places)
      all.push_back(place.kind == Place::Kind::store ? place.key : place.path.filename().string());
    return all;
  };
  EXPECT_THAT(names(expand(in_store(store, "d/*.whl"))), ElementsAre("d/[b].whl", "d/a.whl", "d/b.whl"));
  EXPECT_THAT(names(expand(in_store(store, "d/[b].whl"))), ElementsAre("d/[b].whl"));
  EXPECT_THAT(names(expand(in_store(store, "d/?"))), ElementsAre("d/e/"));
  EXPECT_THROW(expand(in_store(store, "d/*.zip")), Error);
  ScratchFolder folder;
  folder.write("x1", "");
  folder.write("x2", "");
  folder.write(".x3", "");
  EXPECT_THAT(names(expand(in_files(folder / "*"))), ElementsAre("x1", "x2"));
}

TEST(ParsePlace, KnowsTheForms) {
  EXPECT_EQ(parse_place("-").kind, Place::Kind::stream);
  EXPECT_EQ(parse_place("a/b").path, "a/b");
  EXPECT_TRUE(parse_place("a/b/").names_folder);
  EXPECT_TRUE(parse_place("/").names_folder);
  EXPECT_EQ(parse_place("file:///srv/x").path, "/srv/x");
  EXPECT_THROW(parse_place(""), Error);
  EXPECT_THROW(parse_place("gs://bucket/x"), Error);
}

TEST_F(CopyTest, ManyMayWriteOneFileAtOnce) {
  std::vector<std::string> bodies;
  for (unsigned i = 0; i < 8; ++i) {
    bodies.push_back(made_bytes(5000, i));
    put(*store, "k" + std::to_string(i), bodies.back());
  }
  const std::filesystem::path target = folder / "target";
  std::atomic<int> failed = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 40; ++round) {
        const Place source = in_store(store, "k" + std::to_string(i));
        failed += copy({.source = source, .target = in_files(target)}).done == 1 ? 0 : 1;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(failed, 0);
  const auto files = files_in(target.parent_path());
  ASSERT_EQ(files.size(), 1u);
  EXPECT_THAT(bodies, ::testing::Contains(files.begin()->second));
}

}  // namespace
}  // namespace wheelyard::transfer
