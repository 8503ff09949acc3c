#include "wheelyard/index/promotion_record.hpp"

#include <functional>
#include <utility>

#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

#include "wheelyard/index/promotion_mend.hpp"

namespace wheelyard::index {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

PromotionRecord sample() {
  PromotionRecord record;
  record.state = PromotionRecord::State::listing;
  record.begun = parse_rfc3339("2026-11-21T09:18:25.000001Z").value();
  record.from = "s3://b/\"staging\"";
  record.beat = 7;
  PromotedEntry whole;
  whole.project = "acme-lib";
  whole.filename = "acme_lib-1.0-py3-none-any.whl";
  whole.size = 12345;
  whole.sha256 = std::string(64, 'a');
  whole.metadata_sha256 = std::string(64, 'b');
  whole.requires_python = ">=3.8";
  whole.yanked = true;
  whole.yanked_reason = "bad\n";
  whole.there = true;
  whole.listed = true;
  PromotedEntry small;
  small.project = "x";
  small.filename = "x-1.tar.gz";
  small.sha256 = std::string(64, '0');
  record.files = {whole, small};
  return record;
}

TEST(PromotionRecord, ReadsBack) {
  const auto record = sample();
  const auto text = to_json(record);
  const auto again = promotion_from_json(text, "it");
  EXPECT_EQ(to_json(again), text);
  EXPECT_EQ(again.state, record.state);
  EXPECT_EQ(again.begun, record.begun);
  EXPECT_EQ(again.from, record.from);
  EXPECT_EQ(again.beat, 7u);
  ASSERT_EQ(again.files.size(), 2u);
  EXPECT_EQ(again.files[0].yanked_reason, "bad\n");
  EXPECT_TRUE(again.files[0].yanked && again.files[0].there && again.files[0].listed);
  EXPECT_FALSE(again.files[1].yanked || again.files[1].there || again.files[1].listed);
  EXPECT_EQ(again.files[0].size, 12345u);
}

TEST(PromotionRecord, WhatIsNoneIsRefused) {
  const auto text = to_json(sample());
  const auto with = [&](const std::string& part, const std::string& other) {
    auto changed = text;
    const auto at = changed.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return changed.replace(at, part.size(), other);
  };
  for (const auto& bad :
       {std::string(), std::string("{}"), std::string("[]"), text.substr(0, text.size() / 2),
        with("\"version\":\"1\"", "\"version\":\"2\""), with("\"listing\"", "\"resting\""),
        with("acme-lib", "../other"), with("acme-lib", "Acme"), with("x-1.tar.gz", "../x-1.tar.gz"),
        with("\"x-1.tar.gz\"", "5"), with(std::string(64, '0'), "abc"), with("12345", "-1"),
        with("12345", "\"9\"")}) {
    try {
      promotion_from_json(bad, "the record");
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted) << error.what();
    }
  }
}

class PromotionMending : public ::testing::Test {
 protected:
  /// A record of a wheel whose bytes lie in the target, as somebody left it who died in that state.
  std::string leave(PromotionRecord::State state) {
    StoredPromotion stored;
    stored.record.state = state;
    stored.record.from = "somewhere";
    PromotedEntry entry;
    entry.project = "acme";
    entry.filename = wheel.filename;
    entry.size = wheel.size;
    entry.sha256 = wheel.sha256;
    entry.metadata_sha256 = sha256_hex(wheel.core_metadata);
    stored.record.files = {entry};
    const auto key = log.create(stored, "");
    // A page comes before the bytes.
    publish(target, {folder.wheel("acme-0.1-py3-none-any.whl")});
    put_bytes();
    return key;
  }
  void put_bytes() {
    bucket->put("r/acme/" + wheel.filename, file_source(wheel.path));
    bucket->put("r/acme/" + wheel.filename + ".metadata", bytes_source(wheel.core_metadata));
  }
  bool has_bytes() { return store::find_info(*bucket, "r/acme/" + wheel.filename).has_value(); }

  PromotionFolder folder;
  package::Distribution wheel = folder.wheel("acme-1.0-py3-none-any.whl");
  std::function<void()> before_mark;
  std::shared_ptr<store::ObjectStore> bucket =
      store::make_memory_store({.before = [this](std::string_view operation, std::string_view key) {
        if (operation == "put" && key == "r/acme/index.json" && before_mark)
          std::exchange(before_mark, nullptr)();
      }});
  RepositoryOptions options{.removal_patience = 400ms};
  Repository target{bucket, "r/", options};
  Layout layout{"r/"};
  PageStore pages{*bucket, layout};
  PromotionLog log{*bucket, layout};
  PromotionMender mender{pages, options, ""};
};

TEST_F(PromotionMending, WhoeverShowsSignsOfLifeIsLeftAlone) {
  const auto key = leave(PromotionRecord::State::sending);
  {
    OwnedPromotion owned(log, key, log.find(key).value(), "", 50ms);
    EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::alive);
    EXPECT_TRUE(has_bytes());
    EXPECT_TRUE(owned.advance(PromotionRecord::State::listing, log.find(key)->record.files));
  }
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::finished);
  EXPECT_EQ(listed(target, "acme").size(), 2u);
}

TEST_F(PromotionMending, WhoWasTakenForDeadDecidesNothingMore) {
  const auto key = leave(PromotionRecord::State::sending);
  // A pulse that is slower than the patience of others: a process that was stopped.
  OwnedPromotion owned(log, key, log.find(key).value(), "", 1h);
  const auto files = log.find(key)->record.files;
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::undone);
  EXPECT_FALSE(has_bytes());
  EXPECT_FALSE(owned.advance(PromotionRecord::State::listing, files));
  EXPECT_THAT(private_keys(*bucket, "r/"), IsEmpty());
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::gone);
}

TEST_F(PromotionMending, WhoeverTakesItOverDecidesBeforeTheyAct) {
  const auto key = leave(PromotionRecord::State::sending);
  const auto files = log.find(key)->record.files;
  OwnedPromotion owned(log, key, log.find(key).value(), "", 1h);
  bool decided = true;
  // The mender is about to mark the files for removal; its owner wakes up.
  before_mark = [&] { decided = owned.advance(PromotionRecord::State::listing, files); };
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::undone);
  EXPECT_FALSE(before_mark);
  EXPECT_FALSE(decided);
}

TEST_F(PromotionMending, WhatIsDecidedIsFinishedByOthers) {
  const auto key = leave(PromotionRecord::State::listing);
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::finished);
  EXPECT_THAT(listed(target, "acme"), ElementsAre("acme-0.1-py3-none-any.whl", wheel.filename));
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(PromotionMending, WhatWasRemovedOrReplacedMeanwhileIsNotListedAgain) {
  const auto gone = leave(PromotionRecord::State::listing);
  bucket->remove("r/acme/" + wheel.filename);
  EXPECT_EQ(mender.mend(gone), PromotionMender::Outcome::finished);
  EXPECT_EQ(listed(target, "acme").size(), 1u);

  const auto replaced = leave(PromotionRecord::State::listing);
  bucket->put("r/acme/" + wheel.filename, bytes_source(std::string(wheel.size, 'x')));
  EXPECT_EQ(mender.mend(replaced), PromotionMender::Outcome::finished);
  EXPECT_EQ(listed(target, "acme").size(), 1u) << "other bytes of the same size";
}

TEST_F(PromotionMending, WhatSomebodyPublishedMeanwhileStays) {
  const auto key = leave(PromotionRecord::State::sending);
  publish(target, {wheel});
  EXPECT_EQ(mender.mend(key), PromotionMender::Outcome::finished) << "nothing is left to do";
  EXPECT_EQ(listed(target, "acme").size(), 2u);

  const auto undoing = leave(PromotionRecord::State::undoing);
  EXPECT_EQ(mender.mend(undoing), PromotionMender::Outcome::undone);
  EXPECT_EQ(listed(target, "acme").size(), 2u);
  EXPECT_TRUE(has_bytes());
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(PromotionMending, VerifyListsNothingOfAPromotionThatIsUnderWay) {
  const auto key = leave(PromotionRecord::State::sending);
  OwnedPromotion owned(log, key, log.find(key).value(), "", 50ms);
  const auto report = target.verify({.repair = true});
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].kind, "promotion");
  EXPECT_EQ(report.problems[0].state, Problem::State::cannot_repair);
  EXPECT_EQ(listed(target, "acme").size(), 1u);
  EXPECT_TRUE(has_bytes());
}

TEST_F(PromotionMending, VerifyTellsAndEndsIt) {
  leave(PromotionRecord::State::sending);
  const auto found = target.verify({});
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].kind, "promotion");
  EXPECT_TRUE(has_bytes());
  EXPECT_TRUE(target.verify({.repair = true}).clean());
  EXPECT_FALSE(has_bytes());
  EXPECT_THAT(target.verify({}).problems, IsEmpty());
}

TEST_F(PromotionMending, ARecordThatCannotBeReadIsDroppedByARepair) {
  bucket->put("r/.wheelyard/promotions/x.json", bytes_source("{\"version\":\"9\"}"));
  EXPECT_FALSE(target.verify({}).clean());
  EXPECT_TRUE(target.verify({.repair = true}).clean());
  EXPECT_THAT(private_keys(*bucket, "r/"), IsEmpty());
}

}  // namespace
}  // namespace wheelyard::index
