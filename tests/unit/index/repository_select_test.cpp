#include "repository_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RepositorySelect : public ::testing::Test {
 protected:
  void SetUp() override {
    publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "1"),
                          folder_.distribution("acme-1.0.tar.gz", "1"),
                          folder_.distribution("acme-2.0rc1-py3-none-any.whl", "2"),
                          folder_.distribution("other-1.0-py3-none-any.whl", "o")});
  }
  SelectReport remove(std::vector<std::string> specs) {
    SelectRequest request;
    request.specs = std::move(specs);
    return repository_.remove(request);
  }
  SelectReport yank(std::vector<std::string> specs, bool yanked = true, const std::string& reason = "") {
    YankRequest request;
    request.specs = std::move(specs);
    request.yanked = yanked;
    request.reason = reason;
    return repository_.yank(request);
  }
  ProjectPage page() { return repository_.read_project("acme").value().page; }

  std::shared_ptr<store::ObjectStore> store_ = store::make_memory_store();
  ScratchFolder folder_;
  Repository repository_{store_, ""};
};

TEST_F(RepositorySelect, YankByVersionByNameAndByFile) {
  EXPECT_EQ(yank({"acme==1.0"}, true, "broken").files.size(), 2u);
  EXPECT_EQ(page().find("acme-1.0.tar.gz")->yanked_reason, "broken");
  EXPECT_FALSE(page().find("acme-2.0rc1-py3-none-any.whl")->yanked);
  EXPECT_THAT(store::get_bytes(*store_, "acme/index.html", 100000).bytes,
              HasSubstr("data-yanked=\"broken\""));
  EXPECT_EQ(yank({"Acme"}).files.size(), 3u);
  EXPECT_EQ(yank({"acme-1.0.tar.gz"}, false).files.size(), 1u);
  EXPECT_FALSE(page().find("acme-1.0.tar.gz")->yanked);
  EXPECT_TRUE(page().find("acme-1.0-py3-none-any.whl")->yanked);
  EXPECT_TRUE(repository_.verify({}).clean());
}

TEST_F(RepositorySelect, YankingTwiceChangesNothing) {
  yank({"acme==1.0"}, true, "broken");
  const auto serial = page().serial;
  for (const auto& file : yank({"acme==1.0"}, true, "broken").files) EXPECT_FALSE(file.changed);
  EXPECT_EQ(page().serial, serial);
}

TEST_F(RepositorySelect, RemoveDeletesPageEntryBytesAndMetadata) {
  remove({"acme-1.0-py3-none-any.whl"});
  EXPECT_THAT(filenames(page()), ElementsAre("acme-1.0.tar.gz", "acme-2.0rc1-py3-none-any.whl"));
  EXPECT_EQ(html_filenames(*store_, "", "acme").size(), 2u);
  EXPECT_FALSE(store::find_info(*store_, "acme/acme-1.0-py3-none-any.whl"));
  EXPECT_FALSE(store::find_info(*store_, "acme/acme-1.0-py3-none-any.whl.metadata"));
  EXPECT_TRUE(repository_.verify({}).clean());
}

TEST_F(RepositorySelect, WhatWasRemovedMayBePublishedAgain) {
  remove({"acme==1.0"});
  const auto other = folder_.distribution("acme-1.0-py3-none-any.whl", "other bytes");
  publish(repository_, {other});
  EXPECT_EQ(page().find("acme-1.0-py3-none-any.whl")->sha256(), other.sha256);
  EXPECT_EQ(broken_promise(*store_, "", "acme"), "");
}

TEST_F(RepositorySelect, TheLastFileTakesTheProjectOutOfTheRoot) {
  remove({"acme"});
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("other"));
  // The empty page stays: the name is still ours and must not be looked for elsewhere.
  EXPECT_TRUE(repository_.read_project("acme"));
  EXPECT_TRUE(repository_.verify({}).clean());
  publish(repository_, {folder_.distribution("acme-3.0-py3-none-any.whl", "3")});
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme", "other"));
}

TEST_F(RepositorySelect, AMistakeInOneSpecChangesNothing) {
  for (const auto* bad : {"nothing", "acme==9", "acme-9.0.tar.gz", "acme==", "a b", "", "../x"}) {
    EXPECT_THROW(remove({"other", bad}), Error) << bad;
    EXPECT_THROW(yank({"other", bad}), Error) << bad;
  }
  EXPECT_EQ(repository_.read_project("other")->page.files.size(), 1u);
  EXPECT_FALSE(repository_.read_project("other")->page.files[0].yanked);
}

TEST_F(RepositorySelect, DryRunChangesNothing) {
  SelectRequest request;
  request.specs = {"acme"};
  request.dry_run = true;
  EXPECT_EQ(repository_.remove(request).files.size(), 3u);
  EXPECT_EQ(page().files.size(), 3u);
}

}  // namespace
}  // namespace wheelyard::index
