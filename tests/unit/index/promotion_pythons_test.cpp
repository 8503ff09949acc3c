#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

#include "wheelyard/index/candidates.hpp"
#include "wheelyard/package/marker_environments.hpp"

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What goes along for which Pythons, by Requires-Python.
class PromotionForPythons : public DependencyFixture {
 protected:
  static std::vector<package::MarkerEnvironment> on(const std::vector<std::string>& pythons,
                                                    const std::vector<std::string>& platforms = {}) {
    return package::marker_environments(pythons, platforms);
  }
};

TEST_F(PromotionForPythons, TheHighestThatTheNamedPythonTakesGoes) {
  have("acme-1", {"lib"});
  have("lib-1.0", {}, ">=3.8");
  have("lib-1.5", {}, ">=3.9.2,<3.12");
  have("lib-2.0", {}, ">=3.12");
  EXPECT_THAT(promote({"acme"}, on({"3.12"})), ElementsAre("lib 2.0", "acme 1"));
  EXPECT_THAT(promote({"acme"}, on({"3.9"})), ElementsAre("lib 1.5"));
  EXPECT_THAT(promote({"acme"}, on({"3.9.1"})), ElementsAre("lib 1.0"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(PromotionForPythons, OneVersionForAllOfThemOrEachItsOwn) {
  have("acme-1", {"lib", "tool"});
  have("lib-1.0", {}, ">=3.8");
  have("lib-2.0", {}, ">=3.12");
  have("tool-1.0", {"old"}, "<3.10");
  have("tool-2.0", {"new"}, ">=3.12");
  have("new-1.0", {}, ">=3.12");
  have("old-1.0", {}, "<3.10");
  EXPECT_THAT(promote({"acme"}, on({"3.9", "3.12"}, {"linux", "windows"})),
              ElementsAre("old 1.0", "new 1.0", "tool 1.0", "tool 2.0", "lib 1.0", "acme 1"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(PromotionForPythons, MarkersCountWithThePythonThatTheyAreMeantFor) {
  have("acme-1", {"lib<2; python_version < '3.9'", "lib>=2; python_version >= '3.9'"});
  have("lib-1.0", {}, ">=3.6");
  have("lib-2.0", {}, ">=3.9");
  EXPECT_THAT(promote({"acme"}, on({"3.8", "3.11"})), ElementsAre("lib 1.0", "lib 2.0", "acme 1"));
}

TEST_F(PromotionForPythons, WhatTheTargetHasCountsOnlyWhereItSuits) {
  have("acme-1", {"lib"});
  have("lib-1.0", {}, ">=3.8");
  target_has("lib-2.0", {}, ">=3.12");
  EXPECT_THAT(promote({"acme"}, on({"3.12"})), ElementsAre("acme 1"));
  EXPECT_THAT(left(), ElementsAre("lib for acme 1 has 2.0"));
  EXPECT_THAT(promote({"acme"}, on({"3.9"})), ElementsAre("lib 1.0"));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(PromotionForPythons, WhatIsAskedForCountsOnlyWhereItSuits) {
  have("acme-1", {"lib"});
  have("lib-1.0", {}, ">=3.8");
  have("lib-2.0", {}, ">=3.12");
  EXPECT_THAT(promote({"acme", "lib==2.0"}, on({"3.12", "3.9"})),
              ElementsAre("lib 2.0", "lib 1.0", "acme 1"));
  EXPECT_THAT(report.warnings,
              ElementsAre("nothing of lib that is promoted is for Python 3.9 (lib 2.0 is for >=3.12)"));
}

TEST_F(PromotionForPythons, OnlyWhatMeetsANeedThereIsToldOfAsHeld) {
  have("acme-1", {"lib; python_version < '3.10'", "tool"});
  have("tool-1", {"lib; python_version >= '3.12'"});
  have("lib-1.0", {}, "<3.12");
  target_has("lib-2.0", {}, ">=3.12");
  EXPECT_THAT(promote({"acme"}, on({"3.9", "3.12"})), ElementsAre("lib 1.0", "tool 1", "acme 1"));
  EXPECT_THAT(left(), ElementsAre("lib; python_version >= \"3.12\" for tool 1 has 2.0"));
}

TEST_F(PromotionForPythons, WhatIsWantedOnAnotherPythonTooBringsItsNeedsThere) {
  have("acme-1", {"lib; python_version < '3.10'", "tool"});
  have("tool-1", {"lib; python_version >= '3.12'"});
  have("lib-1.0", {"new; python_version >= '3.12'"});
  have("new-1.0");
  EXPECT_THAT(promote({"acme"}, on({"3.9", "3.12"})), ElementsAre("new 1.0", "lib 1.0", "tool 1", "acme 1"));
}

TEST_F(PromotionForPythons, AFileThatWasNamedDoesNotStandForTheOthersOfItsRelease) {
  have("acme-1", {"lib"});
  have("lib-1.0", {}, ">=3.8");
  publish(source, {folder.sdist("lib-1.0.tar.gz", {}, "Metadata-Version: 2.2\nRequires-Python: >=3.12\n")});
  promote({"acme", "lib-1.0.tar.gz"}, on({"3.9", "3.12"}));
  EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-1.0-py3-none-any.whl", "lib-1.0.tar.gz"));
}

TEST_F(PromotionForPythons, AnyFileOfTheReleaseWillDo) {
  have("acme-1", {"lib"});
  publish(source, {folder.wheel("lib-1.0-cp39-cp39-linux_x86_64.whl", {}, 0, "==3.9.*"),
                   folder.wheel("lib-1.0-cp312-cp312-linux_x86_64.whl", {}, 0, "==3.12.*")});
  EXPECT_THAT(promote({"acme"}, on({"3.9", "3.12"})), ElementsAre("lib 1.0", "lib 1.0", "acme 1"));
}

TEST_F(PromotionForPythons, ARequiresPythonThatCannotBeReadKeepsNobodyOut) {
  have("acme-1", {"lib"});
  have("lib-1.0", {}, "3.8 or so");
  EXPECT_THAT(promote({"acme"}, on({"3.9"})), ElementsAre("lib 1.0", "acme 1"));
}

TEST_F(PromotionForPythons, APythonThatNothingIsForIsRefused) {
  have("acme-1", {"lib>=1"});
  have("lib-2.0", {}, ">=3.12");
  target_has("lib-1.0", {}, ">=3.11");
  const auto told = refused("acme", ErrorCode::not_found, on({"3.12", "3.9"}));
  EXPECT_THAT(told, HasSubstr("lib for Python 3.9"));
  EXPECT_THAT(told, HasSubstr("acme 1 needs lib>=1"));
  EXPECT_THAT(told, HasSubstr("they hold 1.0 (for Python >=3.11), 2.0 (for Python >=3.12)"));
  EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-1.0-py3-none-any.whl"));
}

TEST_F(PromotionForPythons, AskingForNothingThatAnyOfThemTakesIsRefused) {
  have("acme-1", {"lib"}, ">=3.10");
  have("lib-1.0");
  const auto told = refused("acme", ErrorCode::invalid_argument, on({"3.8", "3.9"}));
  EXPECT_THAT(told,
              HasSubstr("nothing of it that is promoted is for Python 3.8, 3.9 (acme 1 is for >=3.10)"));
}

TEST_F(PromotionForPythons, WhereNoneIsNamedANarrowChoiceIsToldOf) {
  have("acme-1", {"lib"}, ">=3.8");
  have("lib-1.0", {}, ">=3.8");
  have("lib-1.1", {}, ">=3.9");
  have("lib-2.0", {}, ">=3.12");
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 2.0", "acme 1"));
  EXPECT_THAT(report.warnings,
              ElementsAre("lib 2.0, for acme 1, is not for Python 3.8 to 3.11, for which the source has 1.0, "
                          "1.1: name the Pythons that count by --python-version"));
  promote({"acme"}, on({}, {"linux"}));
  EXPECT_EQ(report.warnings.size(), 1u);
  promote({"acme"}, on({"3.12"}));
  EXPECT_THAT(report.warnings, IsEmpty());
  target_has("lib-1.0", {}, ">=3.8");
  promote({"acme"});
  EXPECT_THAT(report.warnings, IsEmpty()) << "an installer finds the target's other version";
}

TEST_F(PromotionForPythons, AChoiceThatTakesNobodyAnythingIsNotToldOf) {
  // Nothing else is there; who needs it is as narrow; its marker is.
  have("acme-1", {"lib"});
  have("lib-2.0", {}, ">=3.12");
  promote({"acme"});
  EXPECT_THAT(report.warnings, IsEmpty());
  have("lib-1.0", {}, ">=3.8");
  have("tool-1", {"lib"}, ">=3.12");
  have("tool-2", {"lib; python_version >= '3.12'"});
  promote({"tool==1"});
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"tool==2"});
  EXPECT_THAT(report.warnings, IsEmpty());
  promote({"acme"});
  EXPECT_EQ(report.warnings.size(), 1u);
}

TEST(PythonRanges, AreShort) {
  EXPECT_EQ(python_ranges({"2.7", "3.6", "3.8", "3.10", "3.11"}), "2.7 to 3.6, 3.8, 3.10 to 3.11");
  EXPECT_EQ(python_ranges({"3.19", "3.20"}), "3.19 and later");
  EXPECT_EQ(python_ranges({}), "");
}

}  // namespace
}  // namespace wheelyard::index
