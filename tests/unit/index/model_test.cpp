#include "page_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;

ProjectPage page_of(std::vector<std::string> filenames) {
  ProjectPage page;
  page.name = "acme-lib";
  for (auto& name : filenames) page.files.push_back(entry(name, name));
  return page;
}

std::vector<std::string> names(const ProjectPage& page) {
  std::vector<std::string> result;
  for (const auto& file : page.files) result.push_back(file.filename);
  return result;
}

TEST(Model, SortsByVersionThenName) {
  auto page = page_of({"acme_lib-1.10-py3-none-any.whl", "acme_lib-1.9.tar.gz",
                       "acme_lib-1!0.1-py3-none-any.whl", "acme_lib-1.10.tar.gz", "other.txt",
                       "acme_lib-1.9-py3-none-any.whl", "acme_lib-1.10rc1.tar.gz", "acme-lib-1.9.zip"});
  sort_files(page);
  EXPECT_THAT(names(page),
              ElementsAre("other.txt", "acme-lib-1.9.zip", "acme_lib-1.9-py3-none-any.whl",
                          "acme_lib-1.9.tar.gz", "acme_lib-1.10rc1.tar.gz", "acme_lib-1.10-py3-none-any.whl",
                          "acme_lib-1.10.tar.gz", "acme_lib-1!0.1-py3-none-any.whl"));
  EXPECT_THAT(page.versions(), ElementsAre("1.9", "1.10rc1", "1.10", "1!0.1"));
}

TEST(Model, VersionsAreDistinctAndAscendingWhateverTheOrder) {
  auto page = page_of({"acme_lib-2.0.tar.gz", "acme_lib-1.0.tar.gz", "acme_lib-2.0-py3-none-any.whl",
                       "acme_lib-v1.0.0-py3-none-any.whl", "README"});
  EXPECT_THAT(page.versions(), ElementsAre("1.0", "2.0"));
  EXPECT_TRUE(page_of({}).versions().empty());
}

TEST(Model, OrderDoesNotDependOnWhereItBegan) {
  std::vector<std::string> filenames;
  for (int i = 0; i < 60; ++i) filenames.push_back("acme_lib-" + std::to_string(i * 7 % 60) + ".0.tar.gz");
  auto expected = page_of(filenames);
  sort_files(expected);
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(filenames.begin(), filenames.end(), random);
    auto page = page_of(filenames);
    sort_files(page);
    ASSERT_EQ(names(page), names(expected));
  }
}

TEST(Model, FindsFilesByName) {
  auto page = page_of({"a-1.tar.gz", "b-1.tar.gz"});
  ASSERT_NE(page.find("b-1.tar.gz"), nullptr);
  page.find("b-1.tar.gz")->yanked = true;
  EXPECT_TRUE(page.files[1].yanked);
  EXPECT_EQ(page.find("c"), nullptr);
  EXPECT_EQ(page.files[0].sha256(), "");
  page.files[0].hashes["sha256"] = "ab";
  EXPECT_EQ(page.files[0].sha256(), "ab");
}

}  // namespace
}  // namespace wheelyard::index
