// Single operations: what is put comes back, whole, in parts and under conditions.
#include <chrono>

#include "backends.hpp"
#include "support/forwarding_store.hpp"
#include "support/scratch_folder.hpp"

#include "wheelyard/base/digest.hpp"

namespace wheelyard::store::contract {
namespace {

using testing::AnyOf;
using testing::Eq;

TEST_P(Contract, GivesBackWhatWasPut) {
  PutResult written = put("a/b.txt", "hello");
  EXPECT_FALSE(written.etag.empty());
  Object object = get_bytes(store(), key("a/b.txt"), 100);
  EXPECT_EQ(object.bytes, "hello");
  EXPECT_EQ(object.info.key, key("a/b.txt"));
  EXPECT_EQ(object.info.size, 5u);
  EXPECT_EQ(object.info.etag, written.etag);
  EXPECT_EQ(object.info.etag.find('"'), std::string::npos);
  auto age = now() - object.info.last_modified;
  EXPECT_LT(age, std::chrono::minutes(2));
  EXPECT_GT(age, -std::chrono::minutes(2));
}

TEST_P(Contract, HeadAgreesWithGetAndList) {
  put("x", "12345");
  ObjectInfo head = store().head(key("x"));
  EXPECT_EQ(head.size, 5u);
  EXPECT_EQ(head.etag, get_bytes(store(), key("x"), 10).info.etag);
  auto listed = list_all(store(), key("x"));
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].etag, head.etag);
  EXPECT_EQ(listed[0].size, 5u);
  auto apart = listed[0].last_modified - head.last_modified;
  EXPECT_LT(apart, std::chrono::seconds(2));
  EXPECT_GT(apart, -std::chrono::seconds(2));
}

TEST_P(Contract, KeepsEmptyObjects) {
  put("empty", "");
  store().put(key("null"), nullptr);
  for (const char* name : {"empty", "null"}) {
    EXPECT_EQ(read(name), "");
    EXPECT_EQ(store().head(key(name)).size, 0u);
  }
}

TEST_P(Contract, KeepsEveryByte) {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  }
  put("bytes", bytes);
  EXPECT_EQ(read("bytes"), bytes);
}

TEST_P(Contract, KeepsLargeBodiesFromFilesAndMemory) {
  std::string bytes = random_bytes(9'000'001);
  const test_support::ScratchFolder folder;
  store().put(key("from-file"), file_source(folder.write("body", bytes)));
  put("from-memory", bytes);
  EXPECT_TRUE(read("from-file") == bytes);
  EXPECT_TRUE(read("from-memory") == bytes);
}

TEST_P(Contract, KeepsHeadersAndMetadata) {
  if (!GetParam().keeps_headers) GTEST_SKIP() << "this store keeps no headers";
  PutOptions options{.content_type = "application/vnd.pypi.simple.v1+json",
                     .cache_control = "no-cache",
                     .content_encoding = "gzip",
                     .metadata = {{"sha256", "ab cd"},
                                  {"origin", "ci"},
                                  {"text", "\xc3\xa4\xe2\x82\xac \xf0\x9f\x9a\x82 and plain"},
                                  {"long", std::string(200, 'x') + "\xc3\xa4" + std::string(100, 'y')},
                                  {"blanks", "  kept  "},
                                  {"words", "=?UTF-8?Q?taken_as_it_is?="}},
                     .content_disposition = "attachment; filename=\"a b.whl\"",
                     .content_language = "de, en",
                     .expires = "Wed, 21 Oct 2026 07:28:00 GMT"};
  store().put(key("h"), bytes_source("x"), options);
  GetResult got = store().get(key("h"));
  ObjectInfo head = store().head(key("h"));
  for (const ObjectInfo* info : {&got.info, &head}) {
    EXPECT_EQ(info->content_type, options.content_type);
    EXPECT_EQ(info->cache_control, options.cache_control);
    EXPECT_EQ(info->content_encoding, options.content_encoding);
    EXPECT_EQ(info->metadata, options.metadata);
    EXPECT_EQ(info->content_disposition, options.content_disposition);
    EXPECT_EQ(info->content_language, options.content_language);
    EXPECT_EQ(info->expires, options.expires);
    EXPECT_EQ(info->storage_class, "");
  }
}

TEST_P(Contract, ReplacesAsAWhole) {
  std::string first = put("r", "a long first content").etag;
  std::string second = put("r", "short").etag;
  EXPECT_NE(first, second);
  EXPECT_EQ(read("r"), "short");
}

TEST_P(Contract, AnAbsentObjectIsNotFound) {
  EXPECT_EQ(code_of([&] { store().get(key("absent")); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { store().head(key("absent")); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { store().copy(key("absent"), key("to")); }), ErrorCode::not_found);
  EXPECT_FALSE(find_bytes(store(), key("absent"), 10).has_value());
  EXPECT_FALSE(find_info(store(), key("absent")).has_value());
  put("present", "x");
  EXPECT_FALSE(find_bytes(store(), key("pres"), 10).has_value());
  EXPECT_TRUE(find_bytes(store(), key("present"), 10).has_value());
  EXPECT_TRUE(find_info(store(), key("present")).has_value());
}

TEST_P(Contract, RefusesMoreThanTheLimit) {
  put("big", std::string(1000, 'x'));
  EXPECT_EQ(code_of([&] { get_bytes(store(), key("big"), 999); }), ErrorCode::corrupted);
  EXPECT_EQ(get_bytes(store(), key("big"), 1000).bytes.size(), 1000u);
}

TEST_P(Contract, GivesRanges) {
  put("range", "0123456789");
  auto part = [&](std::uint64_t offset, std::optional<std::uint64_t> length) {
    GetResult result = store().get(key("range"), {.range = ByteRange{offset, length}});
    EXPECT_EQ(result.info.size, 10u);
    EXPECT_EQ(result.offset, offset);
    std::string bytes = read_all(*result.body, 100, "range");
    EXPECT_EQ(result.length, bytes.size());
    return bytes;
  };
  EXPECT_EQ(part(0, std::nullopt), "0123456789");
  EXPECT_EQ(part(0, 1), "0");
  EXPECT_EQ(part(3, 4), "3456");
  EXPECT_EQ(part(9, std::nullopt), "9");
  EXPECT_EQ(part(8, 100), "89");
  EXPECT_EQ(code_of([&] { part(10, std::nullopt); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { part(11, 5); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { part(3, 0); }), ErrorCode::invalid_argument);
  put("empty", "");
  EXPECT_EQ(store().get(key("empty"), {.range = ByteRange{}}).length, 0u);
}

TEST_P(Contract, HonoursConditionsOfReads) {
  std::string etag = put("c", "first").etag;
  EXPECT_EQ(get_bytes(store(), key("c"), 10, {.if_match = etag}).bytes, "first");
  EXPECT_EQ(code_of([&] { store().get(key("c"), {.if_none_match = etag}); }), ErrorCode::precondition_failed);
  try {
    store().get(key("c"), {.if_none_match = etag});
  } catch (const Error& error) {
    EXPECT_EQ(error.details().http_status, 304);
  }
  put("c", "other");
  EXPECT_EQ(code_of([&] { store().get(key("c"), {.if_match = etag}); }), ErrorCode::precondition_failed);
  EXPECT_EQ(get_bytes(store(), key("c"), 10, {.if_none_match = etag}).bytes, "other");
}

TEST_P(Contract, ABodyOutlivesAReplacement) {
  std::string first = random_bytes(3'000'000);
  std::string second = random_bytes(3'000'000);
  put("s", first);
  GetResult reading = store().get(key("s"));
  std::string begin(1000, '\0');
  begin.resize(reading.body->read(begin.data(), begin.size()));
  put("s", second);
  // All of the first, or an error: never a mixture.
  try {
    EXPECT_TRUE(begin + read_all(*reading.body, 1u << 30, "s") == first);
  } catch (const Error& error) {
    EXPECT_THAT(error.code(), AnyOf(ErrorCode::unavailable, ErrorCode::corrupted));
  }
  EXPECT_TRUE(read("s") == second);
}

TEST_P(Contract, Copies) {
  PutOptions options{.content_type = "text/plain", .metadata = {{"a", "b"}}};
  std::string etag = store().put(key("from"), bytes_source("content"), options).etag;
  store().copy(key("from"), key("to/there"));
  Object copied = get_bytes(store(), key("to/there"), 100);
  EXPECT_EQ(copied.bytes, "content");
  if (GetParam().keeps_headers) {
    EXPECT_EQ(copied.info.content_type, "text/plain");
    EXPECT_EQ(copied.info.metadata, options.metadata);
  }
  put("from", "changed");
  EXPECT_EQ(code_of([&] { store().copy(key("from"), key("to/there"), {.if_match = etag}); }),
            ErrorCode::precondition_failed);
  EXPECT_EQ(read("to/there"), "content");
  store().copy(key("from"), key("to/there"), {.if_match = store().head(key("from")).etag});
  EXPECT_EQ(read("to/there"), "changed");
}

TEST_P(Contract, ACopyMayHaveAttributesOfItsOwn) {
  PutOptions options{.content_type = "text/plain", .metadata = {{"a", "b"}}};
  store().put(key("from"), bytes_source("content"), options);
  PutOptions replaced{.content_type = "text/x-new",
                      .cache_control = "max-age=1",
                      .metadata = {{"n", "1"}},
                      .content_disposition = "attachment",
                      .content_language = "de",
                      .expires = "Wed, 21 Oct 2026 07:28:00 GMT"};
  store().copy(key("from"), key("to"), {.replace = replaced});
  Object copied = get_bytes(store(), key("to"), 100);
  EXPECT_EQ(copied.bytes, "content");
  if (GetParam().keeps_headers) {
    EXPECT_EQ(copied.info.content_type, "text/x-new");
    EXPECT_EQ(copied.info.cache_control, "max-age=1");
    EXPECT_EQ(copied.info.metadata, replaced.metadata);
    EXPECT_EQ(copied.info.content_disposition, "attachment");
    EXPECT_EQ(copied.info.content_language, "de");
    EXPECT_EQ(copied.info.expires, "Wed, 21 Oct 2026 07:28:00 GMT");
  }
  // Onto itself: how attributes are changed.
  store().copy(key("from"), key("from"), {.replace = PutOptions{.content_type = "text/x-other"}});
  Object changed = get_bytes(store(), key("from"), 100);
  EXPECT_EQ(changed.bytes, "content");
  EXPECT_TRUE(changed.info.metadata.empty());
  EXPECT_EQ(code_of([&] {
              store().copy(key("from"), key("to"), {.replace = PutOptions{.mode = PutMode::create()}});
            }),
            ErrorCode::invalid_argument);
}

TEST_P(Contract, ACopyInPartsIsTheSame) {
  std::string bytes = random_bytes(11'000'000);
  PutOptions options{.content_type = "text/x-large", .metadata = {{"a", "b"}}};
  store().put(key("large"), bytes_source(bytes), options);
  store().copy(key("large"), key("copied"), {.part_size = 5u << 20});
  Object copied = get_bytes(store(), key("copied"), 1u << 30);
  EXPECT_TRUE(copied.bytes == bytes);
  if (GetParam().keeps_headers) {
    EXPECT_EQ(copied.info.content_type, "text/x-large");
    EXPECT_EQ(copied.info.metadata, options.metadata);
  }
  EXPECT_EQ(
      code_of([&] { store().copy(key("large"), key("not"), {.if_match = "0123", .part_size = 5u << 20}); }),
      ErrorCode::precondition_failed);
  EXPECT_FALSE(find_info(store(), key("not")).has_value());
}

TEST_P(Contract, CopiesOnlyFromStoresThatItReaches) {
  put("here", "x");
  EXPECT_TRUE(store().copies_from(store()));
  struct Foreign : test_support::ForwardingStore {
    using ForwardingStore::ForwardingStore;
  };
  auto foreign = std::make_shared<Foreign>(place_.store);
  EXPECT_FALSE(store().copies_from(*foreign));
  EXPECT_EQ(code_of([&] { store().copy(key("here"), key("there"), {.source = foreign}); }),
            ErrorCode::unsupported);
  store().copy(key("here"), key("there"), {.source = place_.store});
  EXPECT_EQ(read("there"), "x");
}

TEST_P(Contract, RefusesHeadersThatItDoesNotKnow) {
  VendorHeaders unknown{{"x-amz-no-such-header", "1"}};
  put("v", "x");
  EXPECT_EQ(code_of([&] { store().put(key("v"), bytes_source("y"), {.vendor = unknown}); }),
            ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { store().get(key("v"), {.vendor = unknown}); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { store().head(key("v"), unknown); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { store().copy(key("v"), key("w"), {.vendor = unknown}); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { store().list({.vendor = unknown})->next(); }), ErrorCode::unsupported);
  EXPECT_EQ(read("v"), "x");
}

TEST_P(Contract, RemovesEachOfManyAndTellsOfNone) {
  put("each/a", "x");
  put("each/b", "x");
  std::vector<std::string> keys{key("each/a"), key("each/absent"), key("each/b")};
  EXPECT_TRUE(store().remove_each(keys).empty());
  EXPECT_TRUE(names("each/").empty());
  EXPECT_TRUE(store().remove_each({}).empty());
}

TEST_P(Contract, RemovesAndTakesNoOffenceAtAbsence) {
  put("gone/below/it", "x");
  store().remove(key("gone/below/it"));
  EXPECT_FALSE(find_info(store(), key("gone/below/it")).has_value());
  EXPECT_TRUE(names().empty());
  store().remove(key("gone/below/it"));
  store().remove(key("never"));
}

TEST_P(Contract, RemovesManyAtOnce) {
  std::vector<std::string> keys;
  for (int index = 0; index < 40; ++index)
    keys.push_back(key("many/" + std::to_string(index % 7) + "/" + std::to_string(index)));
  for (const std::string& name : keys) store().put(name, bytes_source("x"));
  put("many/stays", "x");
  keys.push_back(key("many/absent"));
  store().remove_many(keys);
  EXPECT_THAT(names(), testing::ElementsAre("many/stays"));
  store().remove_many({});
}

TEST_P(Contract, RemovesMoreThanAThousand) {
  constexpr std::size_t count = 1'203;
  std::vector<std::string> keys(count);
  for (std::size_t index = 0; index < count; ++index) keys[index] = key("n/" + std::to_string(index));
  at_once(8, [&](std::size_t worker) {
    for (std::size_t index = worker; index < count; index += 8) store().put(keys[index], nullptr);
  });
  EXPECT_EQ(names().size(), count);
  store().remove_many(keys);
  EXPECT_EQ(names().size(), 0u);
}

TEST_P(Contract, DescribesWithoutSecrets) {
  EXPECT_THAT(store().describe("a/b"), testing::EndsWith("a/b"));
  try {
    store().get(key("absent"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(store().describe(key("absent"))));
  }
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Stores, Contract, testing::ValuesIn(backends()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace wheelyard::store::contract
