#include "repository_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// A repository that other programs began.
class TakeOver : public ::testing::Test {
 protected:
  void put(const std::string& key, const std::string& bytes) { store_->put(key, bytes_source(bytes), {}); }
  std::vector<std::string> listed(const std::string& project) {
    return filenames(repository_.read_project(project).value().page);
  }

  std::shared_ptr<store::ObjectStore> store_ = store::make_memory_store();
  ScratchFolder folder_;
  Repository repository_{store_, "p/"};
};

TEST_F(TakeOver, LinksOfAnHtmlPageStayWithTheFirstPublish) {
  put("p/acme/index.html",
      "<!DOCTYPE html><html><body><a href=\"acme-0.1-py3-none-any.whl#sha256=" + std::string(64, 'a') +
          "\">acme-0.1-py3-none-any.whl</a><br>\n<a "
          "href=\"https://example.org/x/acme-0.2.tar.gz\">acme-0.2.tar.gz</a></body></html>");
  put("p/acme/acme-0.1-py3-none-any.whl", ScratchFolder::bytes("acme-0.1-py3-none-any.whl", "old"));
  EXPECT_THAT(listed("acme"), ElementsAre("acme-0.1-py3-none-any.whl", "acme-0.2.tar.gz"));

  publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "new")});
  EXPECT_THAT(listed("acme"),
              ElementsAre("acme-0.1-py3-none-any.whl", "acme-0.2.tar.gz", "acme-1.0-py3-none-any.whl"));
  EXPECT_EQ(html_filenames(*store_, "p/", "acme").size(), 3u);
  const auto page = repository_.read_project("acme")->page;
  EXPECT_EQ(page.find("acme-0.1-py3-none-any.whl")->sha256(), std::string(64, 'a'));
  EXPECT_EQ(page.find("acme-0.2.tar.gz")->url, "https://example.org/x/acme-0.2.tar.gz");
}

TEST_F(TakeOver, ThePageThatS3pypiKeepsUnderTheFoldersName) {
  put("p/acme/", "<!DOCTYPE html><html><body><a href=\"acme-0.1-py3-none-any.whl\">x</a></body></html>");
  put("p/acme/acme-0.1-py3-none-any.whl", ScratchFolder::bytes("acme-0.1-py3-none-any.whl", "old"));
  publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "new")});
  EXPECT_THAT(listed("acme"), ElementsAre("acme-0.1-py3-none-any.whl", "acme-1.0-py3-none-any.whl"));
}

TEST_F(TakeOver, FilesWithoutAnyPageAndFoldersThatAreNotNormalised) {
  put("p/acme-lib/acme_lib-0.1-py3-none-any.whl",
      ScratchFolder::bytes("acme_lib-0.1-py3-none-any.whl", "one"));
  put("p/Acme-Lib/Acme_Lib-0.2-py3-none-any.whl",
      ScratchFolder::bytes("Acme_Lib-0.2-py3-none-any.whl", "two"));
  put("p/Acme-Lib/index.html", "<html><body><a href=\"Acme_Lib-0.2-py3-none-any.whl\">two</a></body></html>");
  put("p/acme_lib-0.3-py3-none-any.whl", ScratchFolder::bytes("acme_lib-0.3-py3-none-any.whl", "three"));
  put("p/other-1.0.tar.gz", ScratchFolder::bytes("other-1.0.tar.gz", "other"));
  put("p/logs/today.txt", "nothing of ours");
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme-lib", "other"));
  publish(repository_, {folder_.distribution("acme_lib-1.0-py3-none-any.whl", "new")});

  EXPECT_THAT(listed("acme-lib"),
              UnorderedElementsAre("acme_lib-0.1-py3-none-any.whl", "Acme_Lib-0.2-py3-none-any.whl",
                                   "acme_lib-0.3-py3-none-any.whl", "acme_lib-1.0-py3-none-any.whl"));
  const auto page = repository_.read_project("acme-lib")->page;
  EXPECT_EQ(repository_.key_of("acme-lib", *page.find("Acme_Lib-0.2-py3-none-any.whl")),
            "p/Acme-Lib/Acme_Lib-0.2-py3-none-any.whl");
  EXPECT_EQ(repository_.key_of("acme-lib", *page.find("acme_lib-0.3-py3-none-any.whl")),
            "p/acme_lib-0.3-py3-none-any.whl");
  // Projects that nobody has published to yet are still found, through the root index that exists now.
  EXPECT_THAT(listed("other"), ElementsAre("other-1.0.tar.gz"));
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme-lib", "other"));
}

TEST_F(TakeOver, APageThatCannotBeReadIsNotTakenForEmpty) {
  put("p/acme/index.html", "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>");
  put("p/acme/acme-0.1-py3-none-any.whl", ScratchFolder::bytes("acme-0.1-py3-none-any.whl", "old"));
  EXPECT_THROW(repository_.read_project("acme"), Error);
  EXPECT_THROW(publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "new")}), Error);
  EXPECT_THAT(store::get_bytes(*store_, "p/acme/index.html", 1000).bytes, HasSubstr("InternalError"));
}

TEST_F(TakeOver, AnEmptyFolderMarkerIsNoPage) {
  put("p/acme/", "");
  put("p/acme/acme-0.1-py3-none-any.whl", ScratchFolder::bytes("acme-0.1-py3-none-any.whl", "old"));
  EXPECT_THAT(listed("acme"), ElementsAre("acme-0.1-py3-none-any.whl"));
}

TEST_F(TakeOver, RepublishingATakenOverFileAddsItsDigest) {
  put("p/acme/acme-0.1-py3-none-any.whl", ScratchFolder::bytes("acme-0.1-py3-none-any.whl", "old"));
  const auto same = folder_.distribution("acme-0.1-py3-none-any.whl", "old");
  publish(repository_, {same});
  EXPECT_EQ(repository_.read_project("acme")->page.files.at(0).sha256(), same.sha256);
  EXPECT_TRUE(repository_.verify({}).clean());
}

TEST_F(TakeOver, AnSdistOfUnknownRequiresPythonStaysIncomplete) {
  const std::string digest(64, 'a');
  put("p/acme/index.html", "<!DOCTYPE html><html><body><a href=\"acme-0.1.tar.gz#sha256=" + digest +
                               "\">acme-0.1.tar.gz</a><br>\n<a href=\"acme-0.2.tar.gz#sha256=" + digest +
                               "\" data-requires-python=\"&gt;=3.8\">acme-0.2.tar.gz</a></body></html>");
  put("p/acme/acme-0.1.tar.gz", "one");
  put("p/acme/acme-0.2.tar.gz", "two");
  publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "new")});
  const auto page = repository_.read_project("acme")->page;
  EXPECT_FALSE(page.find("acme-0.1.tar.gz")->size);
  EXPECT_EQ(page.find("acme-0.2.tar.gz")->size, 3u);
  const auto report = repository_.verify({});
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].kind, "incomplete");
}

TEST_F(TakeOver, ANameThatNobodyHasIsAbsent) {
  EXPECT_FALSE(repository_.read_project("acme"));
  publish(repository_, {folder_.distribution("other-1.0-py3-none-any.whl", "new")});
  EXPECT_FALSE(repository_.read_project("acme"));
  EXPECT_FALSE(repository_.read_project("Not Normal"));
}

TEST_F(TakeOver, YankAndRemoveWorkBeforeAnyPublish) {
  put("p/Acme/Acme-0.1-py3-none-any.whl", ScratchFolder::bytes("Acme-0.1-py3-none-any.whl", "one"));
  put("p/Acme/Acme-0.2-py3-none-any.whl", ScratchFolder::bytes("Acme-0.2-py3-none-any.whl", "two"));
  YankRequest yank;
  yank.specs = {"acme==0.1"};
  yank.reason = "bad";
  EXPECT_TRUE(repository_.yank(yank).files.at(0).changed);
  EXPECT_TRUE(repository_.read_project("acme")->page.find("Acme-0.1-py3-none-any.whl")->yanked);
  SelectRequest remove;
  remove.specs = {"acme==0.2"};
  repository_.remove(remove);
  EXPECT_THAT(listed("acme"), ElementsAre("Acme-0.1-py3-none-any.whl"));
  EXPECT_FALSE(store::find_info(*store_, "p/Acme/Acme-0.2-py3-none-any.whl"));
}

}  // namespace
}  // namespace wheelyard::index
