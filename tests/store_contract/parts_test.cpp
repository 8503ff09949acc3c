// Uploads in parts: nothing is seen before the end, and the end holds to its mode.
#include <algorithm>
#include <atomic>

#include "backends.hpp"

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/digest.hpp"

namespace wheelyard::store::contract {
namespace {

constexpr std::size_t part_bytes = 5u << 20;

class PartsContract : public Contract {
 protected:
  /// All bytes of parts that are the smallest allowed, and a short last one.
  static std::string content(std::size_t parts) { return random_bytes(part_bytes * (parts - 1) + 4321); }
  static SourcePtr piece(const std::string& bytes, std::size_t index) {
    return bytes_source(bytes.substr(index * part_bytes, part_bytes));
  }
  static std::vector<Part> send_all(PartedUpload& upload, const std::string& bytes) {
    std::vector<Part> parts;
    for (std::size_t index = 0; index * part_bytes < bytes.size(); ++index)
      parts.push_back(upload.put_part(static_cast<std::uint32_t>(index + 1), piece(bytes, index)));
    return parts;
  }
};

TEST_P(PartsContract, MakesOneObjectOfItsParts) {
  std::string bytes = content(3);
  PutOptions options{.content_type = "text/x-parts", .cache_control = "no-cache", .metadata = {{"a", "b c"}}};
  auto upload = store().begin_parts(key("whole"), options);
  EXPECT_FALSE(upload->id().empty());
  std::vector<Part> parts(3);
  at_once(3, [&](std::size_t index) {
    parts[index] = upload->put_part(static_cast<std::uint32_t>(index + 1), piece(bytes, index));
  });
  EXPECT_FALSE(find_info(store(), key("whole")).has_value()) << "seen before it is complete";
  // The order in which they are given does not matter: their numbers do.
  std::ranges::reverse(parts);
  PutResult result = upload->complete(parts);
  GetResult got = store().get(key("whole"));
  EXPECT_EQ(got.info.etag, result.etag);
  EXPECT_EQ(got.info.content_type, "text/x-parts");
  EXPECT_EQ(got.info.cache_control, "no-cache");
  EXPECT_EQ(got.info.metadata, options.metadata);
  EXPECT_TRUE(read_all(*got.body, bytes.size(), "whole") == bytes);
  Checksum whole(ChecksumAlgorithm::crc32c);
  whole.update(bytes);
  ASSERT_EQ(got.info.checksums.size(), 1u);
  EXPECT_EQ(got.info.checksums[0].algorithm, ChecksumAlgorithm::crc32c);
  EXPECT_EQ(got.info.checksums[0].parts, 0u) << "of all bytes, so that any range can be checked";
  EXPECT_EQ(got.info.checksums[0].value, whole.finish());
}

TEST_P(PartsContract, KeepsADigestOfDigestsWhereTheAlgorithmCannotCombine) {
  std::string bytes = content(2);
  auto upload = store().begin_parts(key("sha"), {.checksum = ChecksumAlgorithm::sha256});
  upload->complete(send_all(*upload, bytes));
  ObjectInfo info = store().head(key("sha"));
  ASSERT_EQ(info.checksums.size(), 1u);
  EXPECT_EQ(info.checksums[0].algorithm, ChecksumAlgorithm::sha256);
  EXPECT_EQ(info.checksums[0].parts, 2u);
  std::vector<Part> parts = store().parts_of(key("sha"), info.etag);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].size, part_bytes);
  EXPECT_EQ(parts[1].size, 4321u);
  EXPECT_TRUE(read_all(*store().get(key("sha")).body, bytes.size(), "sha") == bytes)
      << "checked part by part";
  EXPECT_TRUE(store().parts_of(key("sha"), "0123456789abcdef0123456789abcdef-2").empty());
}

TEST_P(PartsContract, GoesOnWhereAnotherStopped) {
  std::string bytes = content(3);
  auto first = store().begin_parts(key("resumed"));
  first->put_part(1, piece(bytes, 0));
  first->put_part(3, piece(bytes, 2));
  std::string id = first->id();
  first.reset();
  auto second = store().resume_parts(key("resumed"), id);
  EXPECT_EQ(second->id(), id);
  std::vector<Part> parts = second->parts();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].number, 1u);
  EXPECT_EQ(parts[0].size, part_bytes);
  EXPECT_EQ(parts[1].number, 3u);
  EXPECT_EQ(parts[1].size, 4321u);
  Checksum expected(ChecksumAlgorithm::crc32c);
  expected.update(piece(bytes, 0)->in_memory());
  ASSERT_TRUE(parts[0].checksum.has_value());
  EXPECT_EQ(parts[0].checksum->value, expected.finish());
  parts.insert(parts.begin() + 1, second->put_part(2, piece(bytes, 1)));
  second->complete(parts);
  EXPECT_TRUE(read("resumed") == bytes);
}

TEST_P(PartsContract, APartIsReplacedByALaterOne) {
  auto upload = store().begin_parts(key("replaced"));
  upload->put_part(1, bytes_source("first thought"));
  Part part = upload->put_part(1, bytes_source("second"));
  upload->complete({part});
  EXPECT_EQ(read("replaced"), "second");
}

TEST_P(PartsContract, AnEmptyObjectHasOneEmptyPart) {
  auto upload = store().begin_parts(key("nothing"));
  EXPECT_EQ(code_of([&] { upload->complete({}); }), ErrorCode::invalid_argument);
  upload->complete({upload->put_part(1, bytes_source(""))});
  EXPECT_EQ(store().head(key("nothing")).size, 0u);
}

TEST_P(PartsContract, AnAbortedUploadLeavesNothing) {
  auto upload = store().begin_parts(key("aborted"));
  Part part = upload->put_part(1, bytes_source("x"));
  upload->abort();
  upload->abort();
  EXPECT_EQ(code_of([&] { upload->put_part(2, bytes_source("x")); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { upload->parts(); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { upload->complete({part}); }), ErrorCode::not_found);
  EXPECT_FALSE(find_info(store(), key("aborted")).has_value());
  EXPECT_TRUE(store().unfinished_uploads(key("aborted")).empty());
}

TEST_P(PartsContract, ListsWhatWasBegunAndNotEnded) {
  auto one = store().begin_parts(key("begun"));
  auto two = store().begin_parts(key("begun"));
  auto listed = store().unfinished_uploads(key("begun"));
  ASSERT_EQ(listed.size(), 2u);
  std::vector<std::string> ids{listed[0].id, listed[1].id};
  EXPECT_THAT(ids, testing::UnorderedElementsAre(one->id(), two->id()));
  for (const UnfinishedUpload& upload : listed) {
    EXPECT_EQ(upload.key, key("begun"));
    EXPECT_LT(now() - upload.begun, std::chrono::minutes(2));
    store().resume_parts(upload.key, upload.id)->abort();
  }
  EXPECT_TRUE(store().unfinished_uploads(key("begun")).empty());
}

TEST_P(PartsContract, ACompletionHoldsToItsMode) {
  put("taken", "theirs");
  std::string etag = store().head(key("taken")).etag;
  auto create = store().begin_parts(key("taken"), {.mode = PutMode::create()});
  Part part = create->put_part(1, bytes_source("mine"));
  EXPECT_EQ(code_of([&] { create->complete({part}); }), ErrorCode::already_exists);
  EXPECT_EQ(read("taken"), "theirs");
  EXPECT_EQ(create->parts().size(), 1u) << "the parts stay until they are aborted";
  create->abort();
  auto stale = store().begin_parts(key("taken"), {.mode = PutMode::update("0123")});
  part = stale->put_part(1, bytes_source("mine"));
  EXPECT_EQ(code_of([&] { stale->complete({part}); }), ErrorCode::precondition_failed);
  stale->abort();
  auto update = store().begin_parts(key("taken"), {.mode = PutMode::update(etag)});
  update->complete({update->put_part(1, bytes_source("mine"))});
  EXPECT_EQ(read("taken"), "mine");
  auto gone = store().begin_parts(key("gone"), {.mode = PutMode::update(etag)});
  part = gone->put_part(1, bytes_source("mine"));
  EXPECT_EQ(code_of([&] { gone->complete({part}); }), ErrorCode::precondition_failed);
  gone->abort();
  EXPECT_FALSE(find_info(store(), key("gone")).has_value());
}

TEST_P(PartsContract, OfManyCreatesOneWins) {
  constexpr std::size_t count = 6;
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  std::string winner;
  at_once(count, [&](std::size_t index) {
    std::string mine = "writer " + std::to_string(index);
    auto upload = store().begin_parts(key("race"), {.mode = PutMode::create()});
    Part part = upload->put_part(1, bytes_source(mine));
    try {
      upload->complete({part});
      ++won;
      winner = mine;
    } catch (const Error& error) {
      EXPECT_THAT(error.code(), testing::AnyOf(ErrorCode::already_exists, ErrorCode::unavailable))
          << error.what();
      ++lost;
      upload->abort();
    }
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(won + lost, static_cast<int>(count));
  EXPECT_EQ(read("race"), winner);
}

TEST_P(PartsContract, OfManyUpdatesOfOneStateOneWins) {
  constexpr std::size_t count = 6;
  std::string etag = put("swap", "old").etag;
  std::atomic<int> won = 0;
  std::string winner;
  at_once(count, [&](std::size_t index) {
    std::string mine = "writer " + std::to_string(index);
    auto upload = store().begin_parts(key("swap"), {.mode = PutMode::update(etag)});
    Part part = upload->put_part(1, bytes_source(mine));
    try {
      upload->complete({part});
      ++won;
      winner = mine;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::precondition_failed) << error.what();
      upload->abort();
    }
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(read("swap"), winner);
}

TEST_P(PartsContract, RefusesPartsThatDoNotFit) {
  std::string bytes = content(2);
  auto upload = store().begin_parts(key("wrong"));
  EXPECT_EQ(code_of([&] { upload->put_part(0, bytes_source("x")); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { upload->put_part(10'001, bytes_source("x")); }), ErrorCode::invalid_argument);
  Part first = upload->put_part(1, bytes_source("too short for a part that is not the last"));
  Part second = upload->put_part(2, bytes_source("x"));
  EXPECT_EQ(code_of([&] { upload->complete({first, second}); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { upload->complete({first, first}); }), ErrorCode::invalid_argument);
  Part other = second;
  other.etag = first.etag;
  EXPECT_EQ(code_of([&] { upload->complete({other}); }), ErrorCode::invalid_argument);
  EXPECT_FALSE(find_info(store(), key("wrong")).has_value());
  upload->abort();
}

TEST_P(PartsContract, MakesPartsOfWhatIsThereAlready) {
  std::string bytes = content(2);
  put("from", bytes);
  std::string etag = store().head(key("from")).etag;
  auto upload = store().begin_parts(key("made"), {.copied_parts = true});
  Part first = upload->copy_part(1, key("from"), {0, part_bytes}, {.if_match = etag});
  EXPECT_EQ(first.size, part_bytes);
  Part second = upload->put_part(2, bytes_source("and more"));
  EXPECT_EQ(code_of([&] { upload->copy_part(3, key("from"), {0, 10}, {.if_match = "0123"}); }),
            ErrorCode::precondition_failed);
  EXPECT_EQ(code_of([&] { upload->copy_part(3, key("absent"), {0, 10}, {}); }), ErrorCode::not_found);
  upload->complete({first, second});
  auto plain = store().begin_parts(key("plain"));
  EXPECT_EQ(code_of([&] { plain->copy_part(1, key("from"), {0, 10}, {}); }), ErrorCode::invalid_argument);
  plain->abort();
  EXPECT_TRUE(read("made") == bytes.substr(0, part_bytes) + "and more");
}

std::vector<Backend> with_parts() {
  std::vector<Backend> all = backends();
  std::erase_if(all, [](const Backend& backend) { return !backend.open().store->part_limits(); });
  return all;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PartsContract);
INSTANTIATE_TEST_SUITE_P(Stores, PartsContract, testing::ValuesIn(with_parts()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace wheelyard::store::contract
