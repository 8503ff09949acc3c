#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromotionDependencies : public ::testing::Test {
 protected:
  /// "lib-1.0" in the source, with its needs.
  void have(const std::string& release, const std::vector<std::string>& needs = {}) {
    publish(source, {folder.wheel(release + "-py3-none-any.whl", needs)});
  }
  void target_has(const std::string& release, const std::vector<std::string>& needs = {}) {
    publish(target, {folder.wheel(release + "-py3-none-any.whl", needs)});
  }
  /// What goes, in the order of listing: "lib 1.0".
  std::vector<std::string> promote(std::vector<std::string> specs,
                                   std::vector<package::MarkerEnvironment> environments = {}) {
    PromoteRequest request;
    request.specs = std::move(specs);
    request.with_dependencies = true;
    request.environments = std::move(environments);
    request.workers = 1;
    report = target.promote_from(source, request);
    EXPECT_TRUE(target.verify({.deep = true}).clean());
    std::vector<std::string> went;
    for (const auto& file : report.files) {
      if (file.outcome == PromotedFile::Outcome::promoted) went.push_back(file.project + " " + file.version);
    }
    return went;
  }
  std::string refused(const std::string& spec, ErrorCode code) {
    try {
      promote({spec});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_THAT(listed(target, "acme"), IsEmpty());
      EXPECT_THAT(private_keys(*bucket, "prod/"), IsEmpty());
      return error.what();
    }
    ADD_FAILURE() << "it was not refused";
    return "";
  }
  std::vector<std::string> left() {
    std::vector<std::string> words;
    for (const auto& one : report.left)
      words.push_back(one.requirement + " for " + one.needed_by +
                      (one.held.empty() ? "" : " has " + one.held));
    return words;
  }

  PromotionFolder folder;
  std::shared_ptr<store::ObjectStore> bucket = store::make_memory_store();
  Repository source{bucket, "staging/"};
  Repository target{bucket, "prod/"};
  PromoteReport report;
};

TEST_F(PromotionDependencies, GoAlongWithWhatTheyNeedAndComeFirst) {
  have("acme-1.2", {"Lib>=1", "other-name"});
  have("lib-1.0", {"base"});
  have("base-3.0");
  have("other_name-0.1", {"base>2"});
  EXPECT_THAT(promote({"acme"}), ElementsAre("base 3.0", "other-name 0.1", "lib 1.0", "acme 1.2"));
  EXPECT_EQ(report.files.at(0).needed_by, "lib 1.0");
  EXPECT_EQ(report.files.at(2).needed_by, "acme 1.2");
  EXPECT_EQ(report.files.at(3).needed_by, "");
  EXPECT_THAT(report.projects, ElementsAre("acme"));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(PromotionDependencies, AreNotTakenUnlessAskedFor) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  const auto without = index::promote(source, target, {"acme"});
  EXPECT_EQ(without.files.size(), 1u);
  EXPECT_THAT(listed(target, "lib"), IsEmpty());
}

TEST_F(PromotionDependencies, TheHighestThatSatisfiesAllGoes) {
  have("acme-1.2", {"lib>=1", "tool"});
  have("tool-1", {"lib<2"});
  for (const auto* const release : {"lib-0.9", "lib-1.0", "lib-1.5", "lib-1.6rc1", "lib-2.0"}) have(release);
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.5", "tool 1", "acme 1.2"));
}

TEST_F(PromotionDependencies, AChoiceIsMadeAnewWhenAnotherNeedNarrowsIt) {
  // lib 2 would bring extra needs along; tool rules it out, and with it what it needs.
  have("acme-1.2", {"lib", "tool"});
  have("lib-2.0", {"only-of-two"});
  have("lib-1.0");
  have("only_of_two-1.0");
  have("tool-1", {"lib<2"});
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "tool 1", "acme 1.2"));
}

TEST_F(PromotionDependencies, APreReleaseGoesOnlyWhereNothingElseFits) {
  have("acme-1.2", {"lib>=1.5"});
  have("lib-1.0");
  have("lib-2.0rc1");
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 2.0rc1", "acme 1.2"));
}

TEST_F(PromotionDependencies, WhatTheTargetHasStaysAsItIs) {
  have("acme-1.2", {"lib>=1"});
  have("lib-2.0");
  target_has("lib-1.0");
  EXPECT_THAT(promote({"acme"}), ElementsAre("acme 1.2"));
  EXPECT_THAT(left(), ElementsAre("lib>=1 for acme 1.2 has 1.0"));
  EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-1.0-py3-none-any.whl"));
}

TEST_F(PromotionDependencies, WhatTheTargetHasTooOldGoesAlong) {
  have("acme-1.2", {"lib>=2"});
  have("lib-2.0");
  target_has("lib-1.0");
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 2.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, WhatTheTargetsReleasesNeedAndLackGoesAlong) {
  have("acme-1.2", {"lib[fast]"});
  have("quick-1.0");
  have("base-1.0");
  target_has("lib-1.0", {"quick; extra == 'fast'", "base"});
  EXPECT_THAT(promote({"acme"}), ElementsAre("quick 1.0", "base 1.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, WhatNeitherHasIsLeft) {
  have("acme-1.2", {"requests>=2; python_version >= '3.8'"});
  EXPECT_THAT(promote({"acme"}), ElementsAre("acme 1.2"));
  EXPECT_THAT(left(), ElementsAre("requests>=2; python_version >= \"3.8\" for acme 1.2"));
}

TEST_F(PromotionDependencies, MarkersCountWhereTheyMayHold) {
  have("acme-1.2", {"win; sys_platform == 'win32'", "old; python_version < '3.9'", "never; extra == 'x'",
                    "both; python_version < '3.9' and sys_platform == 'linux'"});
  for (const auto* const release : {"win-1", "old-1", "never-1", "both-1"}) have(release);
  PromoteRequest request;
  const package::MarkerEnvironment linux_39{{"python_version", "3.9"}, {"sys_platform", "linux"}};
  const package::MarkerEnvironment linux_38{{"python_version", "3.8"}, {"sys_platform", "linux"}};
  const package::MarkerEnvironment windows_39{{"python_version", "3.9"}, {"sys_platform", "win32"}};
  EXPECT_THAT(promote({"acme"}, {linux_39}), ElementsAre("acme 1.2"));
  EXPECT_THAT(promote({"acme"}, {linux_39, windows_39}), ElementsAre("win 1"));
  EXPECT_THAT(promote({"acme"}, {windows_39, linux_38}), ElementsAre("old 1", "both 1"));
  EXPECT_THAT(promote({"acme"}), IsEmpty()) << "all but the extra is there by now";
}

TEST_F(PromotionDependencies, ExtrasThatAreAskedForCount) {
  have("acme-1.2",
       {"lib[fast]; extra == 'Web_Server'", "acme[web-server]; extra == 'all'", "x; extra == 'x'"});
  have("lib-1.0", {"quick; extra == 'fast'", "slow; extra == 'slow'"});
  for (const auto* const release : {"quick-1", "slow-1", "x-1"}) have(release);
  EXPECT_THAT(promote({"acme==1.2"}), ElementsAre("acme 1.2"));
  EXPECT_THAT(promote({"acme[all]==1.2"}), ElementsAre("quick 1", "lib 1.0"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(PromotionDependencies, AnExtraThatAddsNothingIsToldOf) {
  have("acme-1.2", {"lib; extra == 'server'"});
  have("lib-1.0");
  EXPECT_THAT(promote({"acme[sever]==1.2"}), ElementsAre("acme 1.2"));
  EXPECT_THAT(report.warnings, ElementsAre("acme 1.2 needs nothing for its extra 'sever'"));
  PromoteRequest request;
  request.specs = {"acme[server]==1.2"};
  EXPECT_THAT(target.promote_from(source, request).warnings,
              ElementsAre("the extras of 'acme[server]==1.2' count with dependencies only"));
}

TEST_F(PromotionDependencies, CyclesEnd) {
  have("acme-1.2", {"lib"});
  have("lib-1.0", {"acme", "lib"});
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, AnSdistTellsWhatItNeedsWhereThereIsNoWheel) {
  publish(source, {folder.sdist("acme-1.2.tar.gz", {"lib"})});
  have("lib-1.0");
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, AllFilesOfADependencyGo) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  publish(source, {folder.sdist("lib-1.0.tar.gz")});
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "lib 1.0", "acme 1.2"));
  EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-1.0-py3-none-any.whl", "lib-1.0.tar.gz"));
}

TEST_F(PromotionDependencies, YankedReleasesAreNoChoice) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  have("lib-2.0");
  YankRequest yank;
  yank.specs = {"lib==2.0"};
  source.yank(yank);
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, WhereMarkersPartThemEachGetsItsOwn) {
  have("acme-1.2", {"lib<2; python_version < '3.9'", "lib>=2; python_version >= '3.9'", "lib!=2.5"});
  for (const auto* const release : {"lib-1.0", "lib-1.9", "lib-2.0", "lib-2.5"}) have(release);
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.9", "lib 2.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, NeedsThatContradictEachOtherAreRefused) {
  have("acme-1.2", {"lib<2", "tool"});
  have("tool-1.0", {"lib>=2"});
  have("lib-1.0");
  have("lib-2.0");
  const auto told = refused("acme", ErrorCode::invalid_argument);
  EXPECT_THAT(told, HasSubstr("acme 1.2 needs lib<2"));
  EXPECT_THAT(told, HasSubstr("tool 1.0 needs lib>=2"));
}

TEST_F(PromotionDependencies, AVersionThatNoIndexHasIsRefused) {
  have("acme-1.2", {"lib>=3"});
  have("lib-1.0");
  target_has("lib-2.0");
  const auto told = refused("acme", ErrorCode::not_found);
  EXPECT_THAT(told, HasSubstr("acme 1.2 needs lib>=3"));
  EXPECT_THAT(told, HasSubstr("they hold 1.0, 2.0"));
}

TEST_F(PromotionDependencies, UrlsAndWhatCannotBeReadAreRefused) {
  have("acme-1.2", {"lib @ https://host.invalid/lib.zip"});
  EXPECT_THAT(refused("acme", ErrorCode::invalid_argument), HasSubstr("from a URL"));
  have("acme-1.3", {"lib @ https://host.invalid/lib.zip ; extra == 'x'"});
  have("acme-1.4", {"lib >= banana"});
  EXPECT_THAT(refused("acme==1.4", ErrorCode::corrupted), HasSubstr("banana"));
  EXPECT_THAT(promote({"acme==1.3"}), ElementsAre("acme 1.3"));
}

TEST_F(PromotionDependencies, WhatIsAskedForByNameSatisfiesTheNeed) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  have("lib-2.0");
  EXPECT_THAT(promote({"acme", "lib==1.0"}), ElementsAre("lib 1.0", "acme 1.2"));
}

}  // namespace
}  // namespace wheelyard::index
