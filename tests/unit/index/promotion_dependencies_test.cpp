#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

#include "wheelyard/package/marker_environments.hpp"

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromotionDependencies : public DependencyFixture {};

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

TEST_F(PromotionDependencies, WhatIsTakenOutOfTheTargetMeanwhileGoesAlong) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  bool armed = false;
  std::shared_ptr<store::ObjectStore> store;
  store = store::make_memory_store({.after = [&](std::string_view operation, std::string_view key) {
    if (operation != "get" || key != "t/lib/lib-1.0-py3-none-any.whl.metadata" ||
        !std::exchange(armed, false))
      return;
    SelectRequest request;
    request.specs = {"lib"};
    Repository(store, "t/").remove(request);
  }});
  Repository other(store, "t/");
  index::promote(source, other, {"lib"});
  armed = true;
  index::promote(source, other, {"acme"}, true);
  EXPECT_FALSE(armed);
  EXPECT_THAT(listed(other, "acme"), ElementsAre("acme-1.2-py3-none-any.whl"));
  EXPECT_THAT(listed(other, "lib"), ElementsAre("lib-1.0-py3-none-any.whl"));
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

TEST_F(PromotionDependencies, AnExtraThatAddsSomethingSomewhereIsSpelledRight) {
  have("acme-1.2", {"lib; extra == 'x' or python_version < '3'", "lib; extra == 'win' and os_name == 'nt'",
                    "lib; python_version < '3' or extra == 'z' and python_version >= '3'"});
  have("lib-1.0");
  const auto environments = package::marker_environments({"3.11"}, {"linux"});
  EXPECT_THAT(promote({"acme[x]"}, environments), ElementsAre("lib 1.0", "acme 1.2"));
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"acme[x]"});
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"acme[win]"}, environments);
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"acme[z]"}, environments);
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"acme[y]"}, environments);
  EXPECT_THAT(report.warnings, ElementsAre("acme 1.2 needs nothing for its extra 'y'"));
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
  yank(source, "lib==2.0");
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.2"));
}

TEST_F(PromotionDependencies, WhatTheTargetHasYankedIsNoChoice) {
  have("acme-1.2", {"lib>=2"});
  for (const auto* const release : {"lib-2.0", "lib-2.5", "lib-3.0"}) have(release);
  index::promote(source, target, {"lib==3.0"});
  yank(target, "lib==3.0");
  EXPECT_THAT(promote({"acme", "lib==3.0"}), ElementsAre("lib 2.5", "acme 1.2"));
  EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-2.5-py3-none-any.whl", "lib-3.0-py3-none-any.whl"));
  EXPECT_TRUE(target.read_project("lib")->page.find("lib-3.0-py3-none-any.whl")->yanked);
}

TEST_F(PromotionDependencies, WhatOnlyYankedReleasesWouldMeetIsRefused) {
  have("acme-1.2", {"lib>=2"});
  have("lib-2.0");
  have("lib-3.0");
  yank(source, "lib==2.0");
  index::promote(source, target, {"lib==3.0"});
  yank(target, "lib==3.0");
  EXPECT_THAT(refused("acme", ErrorCode::not_found),
              HasSubstr("they hold 2.0 (yanked in the source), 3.0 (yanked in the target)"));
}

TEST_F(PromotionDependencies, WhatGoesYankedMeetsNoNeed) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  have("lib-2.0");
  yank(source, "lib==2.0");
  PromoteRequest request;
  request.specs = {"acme", "lib==2.0"};
  request.with_dependencies = true;
  request.yanked = true;
  const auto went = target.promote_from(source, request);
  EXPECT_EQ(went.files.size(), 3u);
  EXPECT_EQ(listed(target, "lib").size(), 2u);
}

TEST_F(PromotionDependencies, WhatIsInQuarantineIsNoChoice) {
  have("acme-1.2", {"lib"});
  have("lib-1.0");
  auto page = store::get_bytes(*bucket, "staging/lib/index.json", 1u << 20).bytes;
  page.insert(page.find('{') + 1, R"("project-status":{"status":"quarantined"},)");
  bucket->put("staging/lib/index.json", bytes_source(page), {});
  EXPECT_THAT(refused("acme", ErrorCode::not_found), HasSubstr("the source has quarantined it"));
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
