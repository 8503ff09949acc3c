#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Which files tell what a release needs.
class PromotionNeeds : public DependencyFixture {
 protected:
  void SetUp() override {
    for (const auto* const release : {"lib-1.0", "more-1.0"}) have(release);
  }
};

constexpr const char* built_wheel = "acme-1.0-cp310-cp310-linux_x86_64.whl";

TEST_F(PromotionNeeds, AnSdistCountsWhereNoWheelIsForAll) {
  publish(source, {folder.wheel(built_wheel, {"lib"}), folder.sdist("acme-1.0.tar.gz", {"lib", "more"})});
  EXPECT_THAT(promote({"acme"}), ElementsAre("more 1.0", "lib 1.0", "acme 1.0", "acme 1.0"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(PromotionNeeds, AnSdistThatNobodyBuildsIsNotRead) {
  publish(source, {folder.wheel("acme-1.0-py3-none-any.whl", {"lib"}),
                   folder.sdist("acme-1.0.tar.gz", {"lib", "more"})});
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.0", "acme 1.0"));
}

TEST_F(PromotionNeeds, OnlyWhatGoesCounts) {
  publish(source,
          {folder.wheel("acme-1.0-py3-none-any.whl", {"lib"}), folder.sdist("acme-1.0.tar.gz", {"more"})});
  EXPECT_THAT(promote({"acme-1.0.tar.gz"}), ElementsAre("more 1.0", "acme 1.0"));
  EXPECT_THAT(promote({"acme-1.0-py3-none-any.whl"}), ElementsAre("lib 1.0", "acme 1.0"));
}

TEST_F(PromotionNeeds, AnSdistThatLeavesItOpenIsToldOfWhereNoWheelTells) {
  const std::string dynamic = "Metadata-Version: 2.2\nDynamic: requires-dist\n";
  const std::string old = "Metadata-Version: 2.1\n";
  publish(source,
          {folder.sdist("acme-1.0.tar.gz", {"lib"}, dynamic), folder.sdist("acme-1.1.tar.gz", {}, old),
           folder.sdist("acme-1.2.tar.gz", {}, "Metadata-Version: 2.2\nDynamic: Requires-Python\n"),
           folder.sdist("acme-1.3.tar.gz", {}, old), folder.wheel("acme-1.3-py3-none-any.whl", {"more"})});
  EXPECT_THAT(promote({"acme==1.0"}), ElementsAre("lib 1.0", "acme 1.0"));
  EXPECT_THAT(report.warnings, ElementsAre("what acme-1.0.tar.gz needs is certain only once it is built: its "
                                           "metadata leaves it open"));
  promote({"acme==1.1"});
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("acme-1.1.tar.gz")));
  promote({"acme==1.2"});
  EXPECT_THAT(report.warnings, IsEmpty());
  // A wheel that does not go tells as well.
  EXPECT_THAT(promote({"acme-1.3.tar.gz"}), ElementsAre("more 1.0", "acme 1.3"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(PromotionNeeds, AnSdistThatCannotBeReadIsToldOfBesideWheels) {
  publish(source, {folder.wheel(built_wheel, {"lib"}), folder.sdist("acme-1.0.tar.gz", {"more banana"})});
  EXPECT_THAT(promote({"acme"}), ElementsAre("lib 1.0", "acme 1.0", "acme 1.0"));
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("banana")));
  EXPECT_THAT(report.warnings.at(0), HasSubstr("acme-1.0.tar.gz"));
}

TEST_F(PromotionNeeds, WhatTheTargetsSdistsNeedGoesAlong) {
  have("tool-1", {"acme"});
  publish(target, {folder.wheel(built_wheel), folder.sdist("acme-1.0.tar.gz", {"more"})});
  EXPECT_THAT(promote({"tool"}), ElementsAre("more 1.0", "tool 1"));
}

}  // namespace
}  // namespace wheelyard::index
