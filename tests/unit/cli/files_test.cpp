#include "wheelyard/cli/files.hpp"

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/inspect_files.hpp"

namespace wheelyard::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  Files() {
    for (const auto* file :
         {"b-1.0.tar.gz", "a-1.0-py3-none-any.whl", "notes.txt", "deep/c-1.0-py3-none-any.whl"}) {
      folder.write(file, file);
    }
    fs::create_directory(root / "empty");
  }

  std::vector<std::string> found(const std::vector<std::string>& arguments) {
    std::vector<std::string> full;
    for (const auto& argument : arguments) full.push_back((root / argument).string());
    std::vector<std::string> names;
    for (const auto& path : find_distributions(full)) names.push_back(path.lexically_relative(root).string());
    return names;
  }
  std::string problem_of(const std::string& argument) {
    try {
      found({argument});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::not_found);
      EXPECT_FALSE(error.hint().empty());
      return error.what();
    }
    return "none";
  }

  const test_support::ScratchFolder folder;
  const fs::path root = folder.path();
};

TEST_F(Files, AFolderGivesItsOwnDistributions) {
  EXPECT_THAT(found({""}), ElementsAre("a-1.0-py3-none-any.whl", "b-1.0.tar.gz"));
}

TEST_F(Files, AGlobThatTheShellLeftAloneIsExpanded) {
  EXPECT_THAT(found({"*.whl"}), ElementsAre("a-1.0-py3-none-any.whl"));
  EXPECT_THAT(found({"[ab]-*"}), ElementsAre("a-1.0-py3-none-any.whl", "b-1.0.tar.gz"));
}

TEST_F(Files, AFileIsTakenAsItIs) {
  EXPECT_THAT(found({"notes.txt"}), ElementsAre("notes.txt"));
}

TEST_F(Files, APathIsTakenOnce) {
  EXPECT_THAT(found({"b-1.0.tar.gz", "./b-1.0.tar.gz", "*.tar.gz"}), ElementsAre("b-1.0.tar.gz"));
}

TEST_F(Files, APathWithBracketsIsNoGlob) {
  folder.write("[x]-1.0.tar.gz", "x");
  EXPECT_THAT(found({"[x]-1.0.tar.gz"}), ElementsAre("[x]-1.0.tar.gz"));
}

TEST_F(Files, WhatNamesNothingIsAnError) {
  EXPECT_THAT(problem_of("missing.whl"), HasSubstr("no such file or folder"));
  EXPECT_THAT(problem_of("*.egg"), HasSubstr("no such file or folder"));
  EXPECT_THAT(problem_of("empty"), HasSubstr("no wheel and no sdist"));
  EXPECT_THAT(problem_of("e*"), HasSubstr("folders only"));
}

TEST_F(Files, EveryBadFileIsNamed) {
  const auto inspected =
      inspect_files({root / "notes.txt", root / "a-1.0-py3-none-any.whl", root / "b-1.0.tar.gz"}, 2, {});
  EXPECT_TRUE(inspected.distributions.empty());
  ASSERT_EQ(inspected.errors.size(), 3u);
  EXPECT_THAT(inspected.errors[0].what(), HasSubstr("notes.txt"));
  EXPECT_THAT(inspected.errors[2].what(), HasSubstr("b-1.0.tar.gz"));
}

}  // namespace
}  // namespace wheelyard::cli
