#include "promotion_fixture.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string wheel_10 = "acme-1.0-py3-none-any.whl";
const std::string wheel_20 = "acme-2.0-py3-none-any.whl";

class Promotion : public ::testing::Test {
 protected:
  PromoteReport promote(std::vector<std::string> specs, bool with_dependencies = false) {
    return index::promote(source, target, std::move(specs), with_dependencies);
  }

  /// The error's code; its message and hint in `told`.
  ErrorCode refused(const PromoteRequest& request) {
    try {
      target.promote_from(source, request);
    } catch (const Error& error) {
      told = std::string(error.what()) + " | " + error.hint();
      return error.code();
    }
    ADD_FAILURE() << "it was not refused";
    return ErrorCode::cancelled;
  }
  ErrorCode refused(std::vector<std::string> specs) {
    PromoteRequest request;
    request.specs = std::move(specs);
    return refused(request);
  }

  PromotionFolder folder;
  std::shared_ptr<store::ObjectStore> bucket = store::make_memory_store();
  Repository source{bucket, "staging/"};
  Repository target{bucket, "prod/"};
  std::string told;
};

TEST_F(Promotion, MovesTheSameBytesAndAllThatTheIndexSays) {
  publish(source, {folder.distribution(wheel_10, "one"), folder.distribution(wheel_20, "two"),
                   folder.distribution("acme-2.0.tar.gz", "two")});
  const auto report = promote({"acme==2.0"});
  EXPECT_THAT(listed(target, "acme"), ElementsAre(wheel_20, "acme-2.0.tar.gz"));
  const auto from = source.read_project("acme")->page;
  const auto to = target.read_project("acme")->page;
  for (const auto& file : to.files) {
    const auto& original = *from.find(file.filename);
    EXPECT_EQ(file.hashes, original.hashes);
    EXPECT_EQ(file.size, original.size);
    EXPECT_EQ(file.requires_python, original.requires_python);
    EXPECT_EQ(file.has_metadata, original.has_metadata);
    EXPECT_EQ(file.metadata_sha256, original.metadata_sha256);
    const auto read = [&](const std::string& key) { return store::get_bytes(*bucket, key, 1u << 20); };
    const auto copied = read("prod/acme/" + file.filename);
    EXPECT_EQ(copied.bytes, read("staging/acme/" + file.filename).bytes);
    EXPECT_EQ(copied.info.cache_control, "max-age=365000000, immutable");
  }
  EXPECT_EQ(html_filenames(*bucket, "prod/", "acme"), filenames(to));
  EXPECT_TRUE(target.verify({.deep = true}).clean());
  EXPECT_THAT(private_keys(*bucket, "prod/"), IsEmpty());
  ASSERT_EQ(report.files.size(), 2u);
  EXPECT_EQ(report.files[0].outcome, PromotedFile::Outcome::promoted);
  EXPECT_EQ(report.files[0].way, "whole");
  EXPECT_EQ(report.files[0].version, "2.0");
  EXPECT_THAT(report.projects, ElementsAre("acme"));
  // The source is as it was.
  EXPECT_EQ(filenames(from), filenames(source.read_project("acme")->page));
}

TEST_F(Promotion, AgainChangesNothing) {
  publish(source, {folder.distribution(wheel_10, "one")});
  promote({"acme"});
  const auto before = target.read_project("acme")->etag;
  const auto report = promote({"acme"});
  EXPECT_EQ(report.files.at(0).outcome, PromotedFile::Outcome::unchanged);
  EXPECT_EQ(target.read_project("acme")->etag, before);
  EXPECT_THAT(private_keys(*bucket, "prod/"), IsEmpty());
}

TEST_F(Promotion, ListsWhatLaysThereUnlisted) {
  const auto wheel = folder.distribution(wheel_10, "one");
  publish(source, {wheel});
  bucket->put("prod/acme/" + wheel_10, file_source(wheel.path));
  const auto report = promote({wheel_10});
  EXPECT_EQ(report.files.at(0).outcome, PromotedFile::Outcome::promoted);
  EXPECT_EQ(report.files.at(0).way, "");
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(Promotion, ADryRunChangesNothing) {
  publish(source, {folder.distribution(wheel_10, "one")});
  PromoteRequest request;
  request.specs = {"acme"};
  request.dry_run = true;
  const auto report = target.promote_from(source, request);
  EXPECT_EQ(report.files.at(0).outcome, PromotedFile::Outcome::promoted);
  EXPECT_THAT(store::list_all(*bucket, "prod/"), IsEmpty());
}

TEST_F(Promotion, RefusesOtherBytesUnderTheSameName) {
  publish(source, {folder.distribution(wheel_10, "one"), folder.distribution(wheel_20, "two")});
  publish(target, {folder.distribution(wheel_10, "other")});
  const auto before = target.read_project("acme")->etag;
  EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::already_exists);
  EXPECT_THAT(told, HasSubstr("prod/acme/" + wheel_10));
  EXPECT_EQ(target.read_project("acme")->etag, before);
  EXPECT_FALSE(store::find_info(*bucket, "prod/acme/" + wheel_20));
  EXPECT_THAT(private_keys(*bucket, "prod/"), IsEmpty());
}

TEST_F(Promotion, RefusesBytesThatAreNotWhatTheSourceLists) {
  publish(source, {folder.distribution(wheel_10, "one"), folder.distribution(wheel_20, "two")});
  const auto right = store::get_bytes(*bucket, "staging/acme/" + wheel_20, 1u << 20).bytes;
  auto damaged = right;
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  for (const auto& bytes : {damaged, right.substr(1), right + "x", std::string()}) {
    bucket->put("staging/acme/" + wheel_20, bytes_source(bytes));
    EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::corrupted);
    EXPECT_THAT(told, HasSubstr("staging/acme/" + wheel_20));
    EXPECT_THAT(listed(target, "acme"), IsEmpty());
    EXPECT_FALSE(store::find_info(*bucket, "prod/acme/" + wheel_10)) << "not even what was right";
    EXPECT_FALSE(store::find_info(*bucket, "prod/acme/" + wheel_20));
    EXPECT_TRUE(target.verify({}).clean());
    EXPECT_THAT(private_keys(*bucket, "prod/"), IsEmpty());
  }
  bucket->put("staging/acme/" + wheel_20, bytes_source(right));
  promote({"acme"});
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(Promotion, RefusesMetadataThatIsNotWhatTheSourceLists) {
  publish(source, {folder.distribution(wheel_10, "one")});
  bucket->put("staging/acme/" + wheel_10 + ".metadata", bytes_source("Name: acme\n"));
  EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::corrupted);
  EXPECT_THAT(store::list_all(*bucket, "prod/"), IsEmpty());
}

TEST_F(Promotion, WhatTheSourceListsAndHasNotIsSaid) {
  for (const auto* const ending : {"", ".metadata"}) {
    publish(source, {folder.distribution(wheel_10, "one")}, true);
    bucket->remove("staging/acme/" + wheel_10 + ending);
    EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::corrupted);
    EXPECT_THAT(told, HasSubstr("the index lists it, and it is not there"));
    EXPECT_THAT(told, HasSubstr("--repair acme"));
    EXPECT_THAT(listed(target, "acme"), IsEmpty());
    EXPECT_TRUE(target.verify({}).clean());
  }
}

TEST_F(Promotion, YankedFilesGoOnlyWhereAskedFor) {
  publish(source, {folder.distribution(wheel_10, "one"), folder.distribution(wheel_20, "two")});
  YankRequest yank;
  yank.specs = {"acme==1.0"};
  yank.reason = "it loses data";
  source.yank(yank);
  EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::invalid_argument);
  EXPECT_THAT(told, HasSubstr("it loses data"));
  EXPECT_THAT(told, HasSubstr("--yanked"));
  EXPECT_THAT(store::list_all(*bucket, "prod/"), IsEmpty());
  promote({"acme==2.0"});
  PromoteRequest request;
  request.specs = {"acme"};
  request.yanked = true;
  target.promote_from(source, request);
  const auto page = target.read_project("acme")->page;
  EXPECT_TRUE(page.find(wheel_10)->yanked);
  EXPECT_EQ(page.find(wheel_10)->yanked_reason, "it loses data");
  EXPECT_FALSE(page.find(wheel_20)->yanked);
}

TEST_F(Promotion, WhatCannotBeMeantIsSaid) {
  publish(source, {folder.distribution(wheel_10, "one")});
  EXPECT_EQ(refused(std::vector<std::string>{"acme==9"}), ErrorCode::not_found);
  EXPECT_EQ(refused(std::vector<std::string>{"other"}), ErrorCode::not_found);
  EXPECT_EQ(refused(std::vector<std::string>{"acme[a b]"}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(std::vector<std::string>{"acme[a"}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(std::vector<std::string>{"acme=1"}), ErrorCode::invalid_argument);
  EXPECT_THROW(index::promote(source, source, {"acme"}), Error);
  Repository again(bucket, "staging/");
  EXPECT_THROW(index::promote(source, again, {"acme"}), Error);
  EXPECT_THAT(store::list_all(*bucket, "prod/"), IsEmpty());
}

TEST_F(Promotion, LinksWithoutADigestAreNotPinned) {
  bucket->put("staging/acme/" + wheel_10, bytes_source(ScratchFolder::bytes(wheel_10, "one")));
  EXPECT_EQ(refused(std::vector<std::string>{"acme"}), ErrorCode::invalid_argument);
  EXPECT_THAT(told, HasSubstr("verify --repair acme"));
  source.verify({.repair = true});
  promote({"acme"});
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(Promotion, AWheelWithoutMetadataGetsIt) {
  const auto wheel = folder.distribution(wheel_10, "one");
  bucket->put("staging/acme/" + wheel_10, file_source(wheel.path));
  bucket->put("staging/acme/index.html", bytes_source("<html><body><a href=\"" + wheel_10 +
                                                      "#sha256=" + wheel.sha256 + "\">a</a></body></html>"));
  promote({"acme"});
  const auto page = target.read_project("acme")->page;
  EXPECT_TRUE(page.find(wheel_10)->has_metadata);
  EXPECT_EQ(page.find(wheel_10)->requires_python, ">=3.8");
  EXPECT_TRUE(target.verify({.deep = true}).clean());
}

TEST_F(Promotion, GoesBetweenStores) {
  const auto other = store::make_memory_store();
  Repository elsewhere(other, "");
  publish(source,
          {folder.distribution(wheel_10, "one"), folder.wheel("big-1.0-py3-none-any.whl", {}, 3u << 20)});
  const auto report = index::promote(source, elsewhere, {"acme", "big"});
  EXPECT_TRUE(elsewhere.verify({.deep = true}).clean());
  EXPECT_THAT(listed(elsewhere, "big"), ElementsAre("big-1.0-py3-none-any.whl"));
  EXPECT_EQ(report.files.at(1).way, "stream");
}

TEST_F(Promotion, ALargeFileWithOtherBytesIsNotEvenStored) {
  publish(source, {folder.wheel("big-1.0-py3-none-any.whl", {}, 3u << 20)});
  auto bytes = store::get_bytes(*bucket, "staging/big/big-1.0-py3-none-any.whl", 8u << 20).bytes;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  bucket->put("staging/big/big-1.0-py3-none-any.whl", bytes_source(bytes));
  bool put = false;
  store::MemoryStoreOptions options;
  options.after = [&](std::string_view operation, std::string_view key) {
    put = put || (operation == "put" && key == "big/big-1.0-py3-none-any.whl");
  };
  Repository elsewhere(store::make_memory_store(options), "");
  EXPECT_THROW(index::promote(source, elsewhere, {"big"}), Error);
  EXPECT_FALSE(put);
  EXPECT_THAT(listed(elsewhere, "big"), IsEmpty());
  EXPECT_THAT(elsewhere.read_root().projects, IsEmpty());
  EXPECT_TRUE(elsewhere.verify({}).clean());
}

}  // namespace
}  // namespace wheelyard::index
