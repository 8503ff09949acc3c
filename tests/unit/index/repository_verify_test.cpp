#include "repository_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A repository of two files, and whatever goes wrong with it.
class RepositoryVerify : public ::testing::Test {
 protected:
  void SetUp() override {
    publish(repository_, {folder_.distribution(one_, "one"), folder_.distribution("acme-2.0.tar.gz", "two")});
  }
  void put(const std::string& key, const std::string& bytes) { store_->put(key, bytes_source(bytes), {}); }
  std::string get(const std::string& key) { return store::get_bytes(*store_, key, 1u << 20).bytes; }
  ProjectPage page() { return repository_.read_project("acme").value().page; }

  VerifyReport verify(bool repair = false, bool deep = false, bool dry_run = false) {
    VerifyRequest request;
    request.repair = repair;
    request.deep = deep;
    request.dry_run = dry_run;
    return repository_.verify(request);
  }
  static std::vector<std::string> kinds(const VerifyReport& report) {
    std::vector<std::string> kinds;
    for (const auto& problem : report.problems) kinds.push_back(problem.kind);
    return kinds;
  }
  /// Finds just that, says what it would do, mends it, and finds nothing afterwards.
  void expect_mended(const std::string& kind, bool deep = false) {
    const auto found = verify(false, deep);
    EXPECT_THAT(kinds(found), ElementsAre(kind));
    EXPECT_FALSE(found.clean());
    const auto before = store::list_all(*store_, "");
    const auto planned = verify(true, deep, true);
    for (const auto& problem : planned.problems) EXPECT_EQ(problem.state, Problem::State::would_repair);
    const auto untouched = store::list_all(*store_, "");
    ASSERT_EQ(before.size(), untouched.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      EXPECT_EQ(before[i].etag, untouched[i].etag) << before[i].key;
    EXPECT_TRUE(verify(true, deep).clean());
    EXPECT_THAT(kinds(verify(false, true)), IsEmpty());
    EXPECT_EQ(broken_promise(*store_, "", "acme"), "");
  }

  const std::string one_ = "acme-1.0-py3-none-any.whl";
  std::shared_ptr<store::ObjectStore> store_ = store::make_memory_store();
  ScratchFolder folder_;
  Repository repository_{store_, ""};
};

TEST_F(RepositoryVerify, FindsNothingWhereAllIsWell) {
  const auto report = verify(false, true);
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.projects, 1u);
  EXPECT_EQ(report.files, 2u);
  EXPECT_GT(report.bytes_read, 0u);
}

TEST_F(RepositoryVerify, AMissingFileIsUnlisted) {
  store_->remove("acme/" + one_);
  store_->remove("acme/" + one_ + ".metadata");
  expect_mended("missing");
  EXPECT_THAT(filenames(page()), ElementsAre("acme-2.0.tar.gz"));
}

TEST_F(RepositoryVerify, AnUnlistedFileIsListed) {
  put("acme/acme-3.0-py3-none-any.whl", ScratchFolder::bytes("acme-3.0-py3-none-any.whl", "three"));
  expect_mended("unlisted");
  const auto listed = page();
  const auto* entry = listed.find("acme-3.0-py3-none-any.whl");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->sha256(), sha256_hex(get("acme/acme-3.0-py3-none-any.whl")));
  EXPECT_EQ(entry->requires_python, ">=3.8");
  EXPECT_TRUE(entry->has_metadata);
}

TEST_F(RepositoryVerify, AFileOfAProjectThatNobodyNamesIsListed) {
  const std::string file = "other-1.0-py3-none-any.whl";
  put("other/" + file, ScratchFolder::bytes(file, "three"));
  VerifyRequest request;
  request.projects = {"other"};
  EXPECT_FALSE(repository_.verify(request).clean());
  EXPECT_FALSE(verify().clean());
  request.repair = true;
  EXPECT_TRUE(repository_.verify(request).clean());
  EXPECT_TRUE(verify(false, true).clean());
  EXPECT_NE(repository_.read_project("other").value().page.find(file), nullptr);
}

TEST_F(RepositoryVerify, AnUnlistedFileThatIsNoWheelStaysOut) {
  put("acme/acme-3.0-py3-none-any.whl", "not a wheel");
  const auto report = verify(true);
  EXPECT_FALSE(report.clean());
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].state, Problem::State::cannot_repair);
  EXPECT_EQ(page().find("acme-3.0-py3-none-any.whl"), nullptr);
}

TEST_F(RepositoryVerify, AWrongSizeIsUnlistedAndItsBytesAreKept) {
  put("acme/" + one_, "short");
  EXPECT_THAT(kinds(verify()), ElementsAre("size"));
  verify(true);
  EXPECT_EQ(page().find(one_), nullptr);
  EXPECT_EQ(get("acme/" + one_), "short");
  EXPECT_THAT(kinds(verify(true)), ElementsAre("damaged"));
  // The person's way out.
  publish(repository_, {folder_.distribution(one_, "one")}, true);
  EXPECT_THAT(kinds(verify(false, true)), IsEmpty());
}

TEST_F(RepositoryVerify, AWrongDigestIsFoundByReadingEveryByte) {
  auto bytes = get("acme/" + one_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  put("acme/" + one_, bytes);
  EXPECT_THAT(kinds(verify()), IsEmpty());
  EXPECT_THAT(kinds(verify(false, true)), ElementsAre("digest"));
  verify(true, true);
  EXPECT_EQ(page().find(one_), nullptr);
}

TEST_F(RepositoryVerify, MissingMetadataComesBack) {
  const auto metadata = get("acme/" + one_ + ".metadata");
  store_->remove("acme/" + one_ + ".metadata");
  expect_mended("metadata_missing");
  EXPECT_EQ(get("acme/" + one_ + ".metadata"), metadata);
}

TEST_F(RepositoryVerify, WrongMetadataIsPutRight) {
  const auto metadata = get("acme/" + one_ + ".metadata");
  put("acme/" + one_ + ".metadata", "Name: other\n");
  expect_mended("metadata_wrong");
  EXPECT_EQ(get("acme/" + one_ + ".metadata"), metadata);
}

TEST_F(RepositoryVerify, MetadataWithoutItsFileIsDeleted) {
  put("acme/acme-9.0-py3-none-any.whl.metadata", "Name: acme\n");
  expect_mended("orphan");
}

TEST_F(RepositoryVerify, OlderHtmlIsWrittenAnew) {
  const auto html = get("acme/index.html");
  publish(repository_, {folder_.distribution("acme-3.0-py3-none-any.whl", "three")});
  put("acme/index.html", html);
  expect_mended("html_older");
}

TEST_F(RepositoryVerify, HtmlOfAnotherContentIsWrittenAnew) {
  auto html = get("acme/index.html");
  html.replace(html.find(one_), one_.size(), "acme-6.6-py3-none-any.whl");
  put("acme/index.html", html);
  expect_mended("html_differs");
}

TEST_F(RepositoryVerify, MissingHtmlAndRootComeBack) {
  store_->remove("acme/index.html");
  expect_mended("html_missing");
  store_->remove("index.html");
  expect_mended("html_missing");
  store_->remove("index.json");
  EXPECT_FALSE(verify().clean());
  EXPECT_TRUE(verify(true).clean());
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme"));
  EXPECT_TRUE(verify().clean());
}

TEST_F(RepositoryVerify, ARootThatLacksAProjectGetsIt) {
  auto root = root_from_json(get("index.json"), "root");
  root.projects = {"gone"};
  ++root.serial;
  put("index.json", to_json(root));
  put("index.html", to_html(root));
  const auto report = verify();
  EXPECT_THAT(kinds(report), ElementsAre("root_lacks", "root_extra"));
  EXPECT_TRUE(verify(true).clean());
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme"));
  EXPECT_TRUE(verify().clean());
}

TEST_F(RepositoryVerify, AnUnreadablePageIsRebuiltAndKept) {
  YankRequest yank;
  yank.specs = {"acme==1.0"};
  yank.reason = "broken";
  repository_.yank(yank);
  put("acme/index.json", "{\"broken");
  EXPECT_THAT(kinds(verify()), ElementsAre("unreadable"));
  EXPECT_TRUE(verify(true).clean());
  EXPECT_THAT(filenames(page()), ElementsAre(one_, "acme-2.0.tar.gz"));
  EXPECT_EQ(page().find(one_)->yanked_reason, "broken");
  const auto kept = private_keys(*store_, "");
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(get(kept[0]), "{\"broken");
  EXPECT_TRUE(verify(false, true).clean());
}

TEST_F(RepositoryVerify, AnUnreadableRootIsRebuilt) {
  put("index.json", "<html>");
  EXPECT_THAT(kinds(verify()), ElementsAre("unreadable"));
  EXPECT_TRUE(verify(true).clean());
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme"));
  EXPECT_TRUE(verify().clean());
}

TEST_F(RepositoryVerify, StrangersAmongTheAnnouncementsGo) {
  put(".wheelyard/new/acme/what/is/this", "");
  expect_mended("stranger");
}

TEST_F(RepositoryVerify, AnAnnouncementWhoseFileIsGoneIsNotBelieved) {
  Announcement announcement;
  announcement.project = "acme";
  announcement.filename = "acme-7.0-py3-none-any.whl";
  announcement.size = 10;
  announcement.sha256 = std::string(64, 'a');
  put(format_announcement("", announcement).key, "");
  expect_mended("pending");
  EXPECT_EQ(page().find(announcement.filename), nullptr);
}

TEST_F(RepositoryVerify, TakenOverLinksAreCompleted) {
  ScratchFolder other;
  Repository old(store_, "old/");
  const std::string file = "Thing_X-0.1-py3-none-any.whl";
  put("old/Thing-X/" + file, ScratchFolder::bytes(file, "x"));
  put("old/Thing-X/index.html", "<html><body><a href=\"" + file + "\">" + file + "</a></body></html>");
  EXPECT_FALSE(old.verify({}).clean());
  VerifyRequest repair;
  repair.repair = true;
  const auto report = old.verify(repair);
  for (const auto& problem : report.problems) {
    EXPECT_EQ(problem.state, Problem::State::repaired) << problem.kind << problem.action;
  }
  const auto page = old.read_project("thing-x")->page;
  ASSERT_NE(page.find(file), nullptr);
  EXPECT_EQ(page.find(file)->sha256(), sha256_hex(get("old/Thing-X/" + file)));
  EXPECT_TRUE(page.find(file)->has_metadata);
  EXPECT_TRUE(old.verify({}).clean());
}

TEST_F(RepositoryVerify, AProjectThatIsNotThereIsAnError) {
  VerifyRequest request;
  request.projects = {"nothing"};
  try {
    repository_.verify(request);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
}

/// Somebody else's work at the moment when `verify` lists the project's folder, page in hand.
std::vector<std::string> found_while(const std::function<void(Repository&, const ScratchFolder&)>& work) {
  ScratchFolder folder;
  bool armed = false;
  std::function<void()> meanwhile;
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (operation != "list" || key != "acme/" || !std::exchange(armed, false)) return;
    meanwhile();
  };
  Repository repository(store::make_memory_store(options), "");
  meanwhile = [&] { work(repository, folder); };
  publish(repository, {folder.distribution("acme-1.0-py3-none-any.whl", "one"),
                       folder.distribution("acme-2.0-py3-none-any.whl", "two")});
  armed = true;
  const auto report = repository.verify({.projects = {"acme"}});
  EXPECT_FALSE(armed) << "nothing happened meanwhile";
  EXPECT_EQ(report.projects, 1u);
  std::vector<std::string> kinds;
  for (const auto& problem : report.problems) kinds.push_back(problem.kind + " " + problem.item);
  return kinds;
}

TEST(VerifyAmongOthers, APublishMeanwhileIsNoProblem) {
  EXPECT_THAT(found_while([](Repository& repository, const ScratchFolder& folder) {
                publish(repository, {folder.distribution("acme-3.0-py3-none-any.whl", "three")});
              }),
              IsEmpty());
}

TEST(VerifyAmongOthers, ARemovalMeanwhileIsNoProblem) {
  EXPECT_THAT(found_while([](Repository& repository, const ScratchFolder&) {
                SelectRequest request;
                request.specs = {"acme==1.0"};
                repository.remove(request);
              }),
              IsEmpty());
}

}  // namespace
}  // namespace wheelyard::index
