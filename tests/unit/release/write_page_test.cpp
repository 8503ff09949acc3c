#include <filesystem>

#include "legacy_bucket.hpp"
#include "pipeline_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/release/page.hpp"

namespace wheelyard::release {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class WritePage : public ::testing::Test {
 protected:
  WritePage() {
    options_.before = [this](std::string_view operation, std::string_view key) {
      if (deny_ && operation == "get" && key.ends_with(denied_))
        throw Error(ErrorCode::permission_denied, "read", std::string(key), "AccessDenied");
    };
    bucket_ = std::make_unique<PipelineFixture>(store::make_memory_store(options_));
  }
  PageReport write(PageRequest request = {}) const {
    Pipeline pipeline = bucket_->pipeline();
    return write_page(pipeline, request);
  }
  std::string page() const { return bucket_->bytes("releases.html"); }

  store::MemoryStoreOptions options_;
  std::unique_ptr<PipelineFixture> bucket_;
  std::string denied_;
  bool deny_ = false;
};

TEST_F(WritePage, PutsAllPipelinesIntoTheBucket) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  bucket_->promote("staging", {}, "acme");
  bucket_->push({{"b", "1"}}, "2.0", "beta");
  const auto report = write();
  EXPECT_EQ(report.names, 2u);
  EXPECT_EQ(report.entries, 3u);
  EXPECT_THAT(report.unreadable, ElementsAre());
  EXPECT_EQ(report.place, bucket_->store()->describe("releases.html"));
  EXPECT_EQ(report.size, page().size());
  EXPECT_THAT(page(), testing::AllOf(HasSubstr("<bdi>acme</bdi>"), HasSubstr("<bdi>beta</bdi>"),
                                     HasSubstr("same as qa"), HasSubstr("2 pipelines")));
  const auto info = bucket_->store()->head("releases.html");
  EXPECT_EQ(info.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(info.cache_control, "no-cache");
}

TEST_F(WritePage, TakesThePlaceOfAnOlderOne) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  write();
  bucket_->push({{"a", "2"}}, "1.1", "acme");
  write();
  EXPECT_THAT(page(), HasSubstr("<bdi>1.1</bdi>"));
}

TEST_F(WritePage, ShowsWhatTheRequestAsksFor) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  bucket_->push({{"a", "2"}}, "1.1", "acme");
  bucket_->push({{"b", "1"}}, "2.0", "beta");
  const auto report =
      write({.names = {"acme"}, .entries = 1, .title = "What <we> ship", .key = "pages/ship.html"});
  EXPECT_EQ(report.names, 1u);
  EXPECT_EQ(report.entries, 1u);
  const auto shown = bucket_->bytes("pages/ship.html");
  EXPECT_THAT(shown, testing::AllOf(HasSubstr("<h1>What &lt;we&gt; ship</h1>"),
                                    HasSubstr("2 steps, the latest 1 here"), Not(HasSubstr("beta"))));
  EXPECT_EQ(write({.entries = 0}).entries, 3u);
}

TEST_F(WritePage, GoesIntoAFolderToo) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  const test_support::ScratchFolder folder;
  const auto report = write({.folder = folder / "www"});
  EXPECT_EQ(report.place, (folder / "www" / "releases.html").string());
  EXPECT_THAT(read_file(folder / "www" / "releases.html"), HasSubstr("<bdi>acme</bdi>"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "www"), {}), 1);
  EXPECT_EQ(page(), "");
}

TEST_F(WritePage, NeverAtAKeyThatAReleaseMayHave) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  for (const std::string key : {"", "/x", "a//b", "../x", "x/", ".wheelyard/x", "qa/a", "production/x.html",
                                "archive/1/a", "production", "archive"}) {
    try {
      write({.key = key});
      ADD_FAILURE() << "'" << key << "' was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << key;
      EXPECT_NE(error.hint(), "") << key;
    }
  }
  EXPECT_NO_THROW(write({.key = "web/qa"}));
}

TEST_F(WritePage, NeverInARankThatThePipelineHasLeftOut) {
  bucket_->push({{"acme", "1"}}, "1.0", "acme");
  bucket_->promote("staging", {}, "acme");
  Pipeline pipeline(bucket_->store(), "", rules_from_ranks("qa,production", "here"));
  for (const std::string key : {"staging/acme", "staging/page.html", "staging"}) {
    try {
      write_page(pipeline, {.key = key});
      ADD_FAILURE() << "'" << key << "' was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << key;
      EXPECT_THAT(error.what(), HasSubstr("the keys below staging/ hold releases"));
    }
  }
  EXPECT_EQ(bucket_->bytes("staging/acme"), "1");
}

TEST_F(WritePage, NeverOverWhatIsNoPage) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  write({.key = "web/mine.html"});
  for (const std::string bytes :
       {"", "<!doctype html>\n", "somebody's own page, and one that is not short: ",
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"generator\" content=\"something else, which is as long\">\n"}) {
    bucket_->store()->put("web/mine.html", bytes_source(bytes));
    try {
      write({.key = "web/mine.html"});
      ADD_FAILURE() << "'" << bytes << "' was written over";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::already_exists) << error.what();
      EXPECT_NE(error.hint(), "");
    }
    EXPECT_EQ(bucket_->bytes("web/mine.html"), bytes);
  }
}

TEST_F(WritePage, WhatIsBrokenIsShownAsBroken) {
  for (const std::string version : {"1", "2", "3"}) bucket_->push({{"a", version}}, version, "acme");
  bucket_->push({{"b", "1"}}, "2.0", "beta");
  bucket_->push({{"c", "1"}}, "3.0", "gamma");
  bucket_->store()->remove(Layout("").entry("acme", 2));
  bucket_->store()->put(Layout("").state("gamma"), bytes_source("{"));
  const auto report = write();
  EXPECT_THAT(report.unreadable, ElementsAre("acme", "gamma"));
  EXPECT_THAT(page(), HasSubstr("the entry is missing from the history"));
  EXPECT_THAT(page(), HasSubstr("<bdi>3</bdi>")) << "what is known is shown all the same";
  EXPECT_THAT(page(), HasSubstr("<bdi>gamma</bdi>"));
}

TEST_F(WritePage, AServerThatRefusesIsNoBrokenPipelineAndLeavesTheOldPage) {
  bucket_->push({{"a", "1"}}, "1.0", "acme");
  write();
  const auto before = page();
  bucket_->push({{"a", "2"}}, "1.1", "acme");
  for (const std::string denied : {"state.json", "000000000001.json"}) {
    denied_ = denied;
    deny_ = true;
    EXPECT_THROW(write(), Error) << denied;
    deny_ = false;
    EXPECT_EQ(page(), before);
  }
}

TEST_F(WritePage, RefusesANameThatIsNotThere) {
  EXPECT_EQ(refusal_of([&] { write({.names = {"acme"}}); }), Refusal::unknown_release);
  EXPECT_EQ(page(), "");
  EXPECT_NO_THROW(write());
  EXPECT_THAT(page(), HasSubstr("Nothing has been released here yet."));
}

TEST_F(WritePage, ShowsAPipelineThatNobodyHasTakenOverYet) {
  LegacyBucket{*bucket_->store()}.push("old.tar.gz", "bytes", "7");
  write({.names = {"old.tar.gz"}});
  EXPECT_THAT(page(), HasSubstr("<bdi>7</bdi>"));
}

}  // namespace
}  // namespace wheelyard::release
