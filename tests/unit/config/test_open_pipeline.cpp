#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "support/environment_map.hpp"
#include "support/forwarding_store.hpp"
#include "support/scratch_folder.hpp"
#include "support/thrown_error.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/config/open_pipeline.hpp"

namespace wheelyard::config {
namespace {

using test_support::message_of;
using ::testing::HasSubstr;

/// Settings of a pipeline in a folder, and an environment in which AWS cannot be asked.
class OpenPipelineTest : public ::testing::Test {
 protected:
  OpenPipelineTest() {
    settings_.store = {(root_ / "releases").string(), "--store"};
    settings_.rules = release::rules_from_ranks("qa, staging", "--ranks");
    settings_.identity = {"alice", "--identity"};
    opening_.store.environment = test_support::environment_of(variables_);
    opening_.store.aws.anonymous = true;
    root_.write("app", "bytes");
  }

  release::Caller who_pushes(release::Pipeline& pipeline) {
    pipeline.push({.files = {root_ / "app"}, .name = {}, .version = "1", .note = {}, .progress = {}});
    return pipeline.history({.name = "app", .rank = {}, .limit = 0}).back().by;
  }

  test_support::ScratchFolder root_;
  std::map<std::string, std::string> variables_{
      {"CIRCLECI", "1"}, {"CIRCLE_USERNAME", "octocat"}, {"CIRCLE_BUILD_URL", "https://ci.example/5"}};
  ReleaseSettings settings_;
  PipelineOpening opening_;
};

TEST_F(OpenPipelineTest, IsInTheStoreThatTheSettingsName) {
  const auto opened = open_pipeline(settings_, opening_);
  EXPECT_EQ(opened.url, "file://" + (root_ / "releases").string());
  EXPECT_EQ(opened.pipeline->rules().ranks.back().rank, "staging");
  EXPECT_EQ(who_pushes(*opened.pipeline).identity, "alice");
  EXPECT_TRUE(std::filesystem::exists(root_ / "releases/qa/app"));
}

TEST_F(OpenPipelineTest, MayBeInAStoreThatIsOpen) {
  auto location = store::open_store((root_ / "elsewhere").string());
  const auto opened = open_pipeline_in(std::move(location), settings_, opening_);
  who_pushes(*opened.pipeline);
  EXPECT_TRUE(std::filesystem::exists(root_ / "elsewhere/qa/app"));
  EXPECT_FALSE(std::filesystem::exists(root_ / "releases"));
}

TEST_F(OpenPipelineTest, WhoActsIsWhomTheSettingsNameOrElseWhomCiDoes) {
  auto by = who_pushes(*open_pipeline(settings_, opening_).pipeline);
  EXPECT_EQ(by.identity, "alice");
  EXPECT_EQ(by.run, "https://ci.example/5");
  settings_.store.value = (root_ / "second").string();
  settings_.identity = {};
  opening_.run = "https://ci.example/7";
  by = who_pushes(*open_pipeline(settings_, opening_).pipeline);
  EXPECT_EQ(by.identity, "octocat");
  EXPECT_EQ(by.run, "https://ci.example/7");
}

TEST_F(OpenPipelineTest, AwsIsAskedOnlyForThoseWhoAct) {
  EXPECT_FALSE(asks_aws(settings_));
  settings_.identity.value = "aws";
  EXPECT_TRUE(asks_aws(settings_));
  // It cannot be, without credentials.
  EXPECT_THAT(message_of([&] { open_pipeline(settings_, opening_); }, ErrorCode::unauthenticated),
              HasSubstr("cannot ask AWS who acts"));
  opening_.writes = false;
  EXPECT_FALSE(open_pipeline(settings_, opening_).pipeline->status("app"));
}

TEST_F(OpenPipelineTest, WhatCannotBeIsSaidBeforeAnythingIsDone) {
  opening_.run = "7";
  EXPECT_THAT(message_of([&] { open_pipeline(settings_, opening_); }), HasSubstr("the URL of the run"));
  opening_.run = {};
  settings_.store.value = "ftp://x/y";
  EXPECT_THAT(message_of([&] { open_pipeline(settings_, opening_); }), HasSubstr("'ftp' URLs"));
}

/// Knows how many puts were under way at once.
class CountingStore : public test_support::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  store::PutResult put(const std::string& key, const SourcePtr& body,
                       const store::PutOptions& options) override {
    const auto now = ++under_way_;
    for (auto most = most_.load(); most < now && !most_.compare_exchange_weak(most, now);) {
    }
    // So that others would come, if they may.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    auto result = ForwardingStore::put(key, body, options);
    --under_way_;
    return result;
  }
  int most() const { return most_; }

 private:
  std::atomic<int> under_way_{0};
  std::atomic<int> most_{0};
};

TEST_F(OpenPipelineTest, AsksForAsMuchAtOnceAsItIsToldTo) {
  release::PushRequest push{
      .files = {}, .name = "many", .version = "1", .note = {}, .take_over = false, .progress = {}};
  for (int number = 0; number < 20; ++number) {
    push.files.push_back(root_ / std::to_string(number));
    root_.write(std::to_string(number), "bytes");
  }
  auto location = store::open_store("memory:");
  const auto counting = std::make_shared<CountingStore>(location.store);
  location.store = counting;
  opening_.jobs = 1;
  open_pipeline_in(location, settings_, opening_).pipeline->push(push);
  EXPECT_EQ(counting->most(), 1);
}

TEST_F(OpenPipelineTest, GatesEndWithTheWaitsOfTheStore) {
  settings_.rules.ranks[1].commands = {{.name = "slow", .command = {"sh", "-c", "sleep 60"}, .folder = {}}};
  opening_.store.on_wait = [] {
    throw Error(ErrorCode::cancelled, "wait for", "the gate", "that is enough");
  };
  const auto opened = open_pipeline(settings_, opening_);
  who_pushes(*opened.pipeline);
  const auto promote = [&] {
    opened.pipeline->promote({.name = "app",
                              .version = {},
                              .rank = "staging",
                              .from = {},
                              .expect_digest = {},
                              .note = {},
                              .progress = {}});
  };
  EXPECT_THAT(message_of(promote, ErrorCode::cancelled), HasSubstr("that is enough"));
}

}  // namespace
}  // namespace wheelyard::config
