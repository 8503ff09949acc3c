#include <thread>

#include "repository_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RepositoryPublish : public ::testing::Test {
 protected:
  std::shared_ptr<store::ObjectStore> store_ = store::make_memory_store();
  ScratchFolder folder_;
  Repository repository_{store_, "wheels/"};

  ProjectPage page(const std::string& project) { return repository_.read_project(project).value().page; }
};

TEST_F(RepositoryPublish, ListsTheFileInAllFourPages) {
  const auto wheel = folder_.distribution("acme_lib-1.0-py3-none-any.whl", "bytes");
  const auto report = publish(repository_, {wheel});

  ASSERT_EQ(report.files.size(), 1u);
  EXPECT_EQ(report.files[0].outcome, PublishedFile::Outcome::published);
  EXPECT_EQ(report.files[0].project, "acme-lib");
  const auto read = repository_.read_project("acme-lib").value();
  ASSERT_EQ(read.page.files.size(), 1u);
  const auto& entry = read.page.files[0];
  EXPECT_EQ(entry.sha256(), wheel.sha256);
  EXPECT_EQ(entry.size, wheel.size);
  EXPECT_EQ(entry.requires_python, ">=3.8");
  EXPECT_EQ(entry.metadata_sha256, sha256_hex(wheel.core_metadata));
  EXPECT_TRUE(entry.upload_time);
  EXPECT_THAT(html_filenames(*store_, "wheels/", "acme-lib"), ElementsAre(wheel.filename));
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme-lib"));
  EXPECT_THAT(store::get_bytes(*store_, "wheels/index.html", 10000).bytes, HasSubstr("acme-lib"));
  EXPECT_EQ(store::get_bytes(*store_, "wheels/acme-lib/" + wheel.filename + ".metadata", 10000).bytes,
            wheel.core_metadata);
  EXPECT_THAT(private_keys(*store_, "wheels/"), IsEmpty());
  EXPECT_TRUE(repository_.verify({}).clean());
}

TEST_F(RepositoryPublish, TheSameBytesAgainChangeNothing) {
  const auto wheel = folder_.distribution("acme-1.0-py3-none-any.whl", "bytes");
  publish(repository_, {wheel});
  const auto before = store::list_all(*store_, "");
  const auto report = publish(repository_, {wheel});
  EXPECT_EQ(report.files[0].outcome, PublishedFile::Outcome::unchanged);
  const auto after = store::list_all(*store_, "");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].etag, after[i].etag) << before[i].key;
}

TEST_F(RepositoryPublish, OtherBytesAreRefusedBeforeAnythingIsTouched) {
  publish(repository_, {folder_.distribution("acme-1.2-py3-none-any.whl", "bytes")});
  const auto before = store::list_all(*store_, "");
  try {
    publish(repository_, {folder_.distribution("acme-1.1-py3-none-any.whl", "new"),
                          folder_.distribution("acme-1.2-py3-none-any.whl", "other")});
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::already_exists);
    EXPECT_THAT(error.what(), HasSubstr("acme-1.2-py3-none-any.whl"));
    EXPECT_THAT(error.hint(), HasSubstr("--force"));
  }
  EXPECT_EQ(store::list_all(*store_, "").size(), before.size());
}

TEST_F(RepositoryPublish, ASmallSingleFileIsRefusedToo) {
  publish(repository_, {folder_.distribution("acme-1.2-py3-none-any.whl", "bytes")});
  EXPECT_THROW(publish(repository_, {folder_.distribution("acme-1.2-py3-none-any.whl", "other")}), Error);
  EXPECT_EQ(store::get_bytes(*store_, "wheels/acme/acme-1.2-py3-none-any.whl", 100000).bytes,
            ScratchFolder::bytes("acme-1.2-py3-none-any.whl", "bytes"));
  EXPECT_THAT(private_keys(*store_, "wheels/"), IsEmpty());
}

TEST_F(RepositoryPublish, ForceReplacesBytesMetadataAndEntry) {
  publish(repository_, {folder_.distribution("acme-1.2-py3-none-any.whl", "bytes")});
  const auto other = folder_.distribution("acme-1.2-py3-none-any.whl", "other");
  const auto report = publish(repository_, {other}, true);
  EXPECT_EQ(report.files[0].outcome, PublishedFile::Outcome::replaced);
  EXPECT_EQ(page("acme").files[0].sha256(), other.sha256);
  EXPECT_EQ(broken_promise(*store_, "wheels/", "acme"), "");
  EXPECT_TRUE(repository_.verify({}).clean());
  EXPECT_THAT(repository_.read_root().projects, ElementsAre("acme"));
}

TEST_F(RepositoryPublish, ABatchOfOneProjectCostsOneIndexUpdate) {
  std::vector<package::Distribution> batch;
  for (int i = 0; i < 20; ++i)
    batch.push_back(folder_.distribution(wheel_name("acme", i), std::to_string(i)));
  publish(repository_, batch);
  EXPECT_EQ(page("acme").files.size(), 20u);
  EXPECT_EQ(page("acme").serial, 1u);
}

TEST_F(RepositoryPublish, TwoFilesOfOneNameInABatchAreRefused) {
  EXPECT_THROW(publish(repository_, {folder_.distribution("acme-1-py3-none-any.whl", "a"),
                                     folder_.distribution("acme-1-py3-none-any.whl", "b")}),
               Error);
  EXPECT_TRUE(store::list_all(*store_, "").empty());
}

TEST_F(RepositoryPublish, RefuseExistingIsTheRuleOfS3pypi) {
  const auto wheel = folder_.distribution("acme-1.0-py3-none-any.whl", "bytes");
  publish(repository_, {wheel});
  PublishRequest request;
  request.refuse_existing = true;
  request.distributions = {folder_.distribution("acme-1.1-py3-none-any.whl", "new"), wheel};
  EXPECT_THROW(repository_.publish(request), Error);
  EXPECT_EQ(page("acme").files.size(), 1u);
}

TEST_F(RepositoryPublish, DryRunChangesNothing) {
  PublishRequest request;
  request.dry_run = true;
  request.distributions = {folder_.distribution("acme-1.1-py3-none-any.whl", "new")};
  EXPECT_EQ(repository_.publish(request).files[0].outcome, PublishedFile::Outcome::published);
  EXPECT_TRUE(store::list_all(*store_, "").empty());
}

TEST_F(RepositoryPublish, AnUnreadableIndexIsNeverTakenForEmpty) {
  publish(repository_, {folder_.distribution("acme-1.0-py3-none-any.whl", "bytes")});
  store_->put("wheels/acme/index.json", bytes_source("{\"files\": ["), {});
  const auto wheel = folder_.distribution("acme-2.0-py3-none-any.whl", "bytes 2");
  try {
    publish(repository_, {wheel});
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupted);
  }
  EXPECT_EQ(store::get_bytes(*store_, "wheels/acme/index.json", 100).bytes, "{\"files\": [");
}

/// A server that says `code` to every read of an index page.
class RefusedIndex : public ::testing::TestWithParam<ErrorCode> {};

TEST_P(RefusedIndex, FailsThePublishAndChangesNoPage) {
  std::atomic<bool> refuse{false};
  store::MemoryStoreOptions options;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (refuse && operation == "get" && key.ends_with("index.json")) {
      throw Error(GetParam(), "read", std::string(key), "refused by the test");
    }
  };
  auto store = store::make_memory_store(options);
  ScratchFolder folder;
  Repository repository(store, "");
  publish(repository, {folder.distribution("acme-1.0-py3-none-any.whl", "bytes")});
  const auto before = store::get_bytes(*store, "acme/index.json", 100000);
  refuse = true;
  try {
    publish(repository, {folder.distribution("acme-2.0-py3-none-any.whl", "more")});
    FAIL() << "published";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), GetParam());
  }
  EXPECT_THROW(repository.read_project("acme"), Error);
  refuse = false;
  EXPECT_EQ(store::get_bytes(*store, "acme/index.json", 100000).bytes, before.bytes);
}

INSTANTIATE_TEST_SUITE_P(Codes, RefusedIndex,
                         ::testing::Values(ErrorCode::permission_denied, ErrorCode::unavailable,
                                           ErrorCode::unauthenticated, ErrorCode::corrupted),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace wheelyard::index
