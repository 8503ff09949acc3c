#include "promotion_fixture.hpp"
#include "support/mortal_bucket.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using test_support::MortalBucket;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The dead give no sign of life: there is nothing to wait for.
const RepositoryOptions impatient{.removal_patience = std::chrono::milliseconds(1)};

const std::vector<std::string> projects = {"acme", "base", "lib"};

class PromotionCrash : public ::testing::Test {
 protected:
  PromotionCrash() {
    publish(source,
            {folder.wheel("acme-1.2-py3-none-any.whl", {"lib>=1"}), folder.sdist("acme-1.2.tar.gz"),
             folder.wheel("lib-1.0-py3-none-any.whl", {"base"}), folder.wheel("base-3.0-py3-none-any.whl")});
  }

  /// Files that the target lists of what is promoted.
  static std::size_t count(Repository& target) {
    std::size_t files = 0;
    for (const auto& project : projects) {
      for (const auto& name : listed(target, project)) files += name.starts_with("old") ? 0 : 1;
    }
    return files;
  }
  static void prepare(Repository& target, const PromotionFolder& folder, bool fresh) {
    if (!fresh) publish(target, {folder.wheel("other-1.0-py3-none-any.whl")});
  }
  void check_reader(Repository& target) {
    for (const auto& project : projects) EXPECT_EQ(broken_promise(target.store(), "p/", project), "");
    // Whoever sees acme finds all that it needs.
    if (!listed(target, "acme").empty()) {
      EXPECT_THAT(listed(target, "acme"), ElementsAre("acme-1.2-py3-none-any.whl", "acme-1.2.tar.gz"));
      EXPECT_THAT(listed(target, "lib"), ElementsAre("lib-1.0-py3-none-any.whl"));
    }
    if (!listed(target, "lib").empty()) {
      EXPECT_THAT(listed(target, "base"), ElementsAre("base-3.0-py3-none-any.whl"));
    }
  }
  static void check_settled(Repository& target, std::size_t expected) {
    EXPECT_EQ(count(target), expected);
    EXPECT_THAT(private_keys(target.store(), "p/"), IsEmpty());
    for (const auto& problem : target.verify({.deep = true}).problems)
      ADD_FAILURE() << problem.kind << " " << problem.item << " " << problem.detail;
    std::size_t objects = 0;
    for (const auto& object : store::list_all(target.store(), "p/")) {
      objects += package::looks_like_distribution(object.key) && !object.key.contains("other") ? 1 : 0;
    }
    EXPECT_EQ(objects, expected) << "nothing lies about unlisted";
  }

  PromotionFolder folder;
  Repository source{store::make_memory_store(), "s/"};
};

TEST_F(PromotionCrash, AtEveryRequestVerifyMakesItAllOrNothing) {
  int none = 0;
  int all = 0;
  for (const bool fresh : {true, false}) {
    for (const bool after : {false, true}) {
      for (int request = 0; request < 300; ++request) {
        SCOPED_TRACE(testing::Message()
                     << "killed " << (after ? "after" : "before") << " request " << request);
        MortalBucket bucket;
        Repository target(bucket.store, "p/", impatient);
        prepare(target, folder, fresh);
        const bool killed =
            bucket.killed_at(request, after, [&] { promote(source, target, {"acme==1.2"}, true); });
        check_reader(target);
        if (!killed) {
          check_settled(target, 4);
          EXPECT_GT(request, 20);
          break;
        }
        const auto found = target.verify({});
        const auto repaired = target.verify({.repair = true});
        for (const auto& problem : repaired.problems)
          EXPECT_EQ(problem.state, Problem::State::repaired) << problem.kind << " " << problem.action;
        const auto files = count(target);
        EXPECT_THAT(files, AnyOf(0u, 4u));
        (files == 0 ? none : all) += 1;
        check_settled(target, files);
        // And the same command ends it, whatever became of it.
        promote(source, target, {"acme==1.2"}, true);
        check_settled(target, 4);
      }
    }
  }
  EXPECT_GT(none, 20);
  EXPECT_GT(all, 20);
}

TEST_F(PromotionCrash, TheSameCommandEndsIt) {
  for (const bool after : {false, true}) {
    for (int request = 0; request < 300; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      Repository target(bucket.store, "p/", impatient);
      const bool killed =
          bucket.killed_at(request, after, [&] { promote(source, target, {"acme==1.2"}, true); });
      promote(source, target, {"acme==1.2"}, true);
      check_settled(target, 4);
      if (!killed) break;
    }
  }
}

TEST_F(PromotionCrash, AnotherPromotionEndsIt) {
  publish(source, {folder.wheel("other-2.0-py3-none-any.whl")});
  for (const bool after : {false, true}) {
    for (int request = 0; request < 300; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      Repository target(bucket.store, "p/", impatient);
      const bool killed =
          bucket.killed_at(request, after, [&] { promote(source, target, {"acme==1.2"}, true); });
      if (!killed) break;
      const auto report = promote(source, target, {"other"});
      EXPECT_THAT(report.warnings, IsEmpty());
      const auto files = count(target);
      EXPECT_THAT(files, AnyOf(0u, 4u));
      check_reader(target);
      EXPECT_THAT(private_keys(*bucket.store, "p/"), IsEmpty());
      check_settled(target, files);
    }
  }
}

TEST_F(PromotionCrash, WhatIsTakenBackGoesBeforeWhatItNeeds) {
  std::shared_ptr<store::ObjectStore> bucket;
  bool denies = false;
  bool looks = false;
  bool seen_alone = false;
  bucket = store::make_memory_store({
      .before =
          [&](std::string_view operation, std::string_view key) {
            if (!denies || operation != "put" || key != "p/acme/index.html") return;
            Repository target(bucket, "p/");
            denies = false;
            const bool is_listed = !listed(target, "acme").empty();
            denies = !is_listed;
            if (is_listed) throw Error(ErrorCode::permission_denied, "write", std::string(key), "denied");
          },
      .after =
          [&](std::string_view operation, std::string_view) {
            if (!looks || operation == "get" || operation == "list" || operation == "head") return;
            Repository target(bucket, "p/");
            seen_alone = seen_alone || (!listed(target, "acme").empty() && listed(target, "lib").empty());
          },
  });
  Repository target(bucket, "p/", impatient);
  denies = looks = true;
  EXPECT_THROW(promote(source, target, {"acme==1.2"}, true), Error);
  looks = false;
  EXPECT_FALSE(denies);
  EXPECT_FALSE(seen_alone);
  check_settled(target, 0);
}

/// What is denied, once, and for whoever is asked.
TEST_F(PromotionCrash, AFailureAtEveryRequestLeavesAllOrNothing) {
  int refused = 0;
  for (const bool after : {false, true}) {
    for (int request = 0; request < 300; ++request) {
      SCOPED_TRACE(testing::Message() << "denied " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      bucket.dies = false;
      Repository target(bucket.store, "p/", impatient);
      publish(target, {folder.wheel("other-1.0-py3-none-any.whl")});
      bucket.after = after;
      bucket.left = request;
      bool failed = false;
      try {
        promote(source, target, {"acme==1.2"}, true);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::permission_denied) << error.what();
        failed = true;
      }
      if (bucket.left >= 0) break;
      const auto files = count(target);
      if (failed) {
        ++refused;
        // Left are four of four where the failure came behind the last listing.
        EXPECT_THAT(files, AnyOf(0u, 4u));
        if (!private_keys(*bucket.store, "p/").empty()) target.verify({.repair = true});
      } else {
        EXPECT_EQ(files, 4u);
      }
      check_reader(target);
      check_settled(target, count(target));
    }
  }
  EXPECT_GT(refused, 40);
}

}  // namespace
}  // namespace wheelyard::index
