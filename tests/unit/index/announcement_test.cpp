#include "wheelyard/index/announcement.hpp"

#include "page_fixture.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::index {
namespace {

Announcement wheel() {
  return {.project = "acme-lib",
          .filename = "acme_lib-1.0+cu118-py3-none-any.whl",
          .size = 12345,
          .sha256 = std::string(64, 'a'),
          .has_metadata = true,
          .metadata_sha256 = std::string(64, '0'),
          .requires_python = ">=3.8, <4"};
}

TEST(Announcement, StandsInItsKey) {
  auto object = format_announcement("team/repo/", wheel());
  EXPECT_EQ(object.body, "");
  EXPECT_EQ(object.key,
            "team/repo/.wheelyard/new/acme-lib/acme_lib-1.0+cu118-py3-none-any.whl/"
            "12345.qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo."
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/Pj0zLjgsIDw0/entry.v1");
  EXPECT_TRUE(object.key.starts_with(announcements_prefix("team/repo/", "acme-lib")));
  auto parsed = parse_announcement("team/repo/", object.key);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->announcement, wheel());
  EXPECT_FALSE(parsed->body_needed());
  EXPECT_FALSE(parse_announcement("team/", object.key));
  EXPECT_FALSE(parse_announcement("", object.key));
}

TEST(Announcement, SaysWhetherThereIsMetadata) {
  auto announcement = wheel();
  announcement.metadata_sha256.clear();
  auto unknown = format_announcement("", announcement).key;
  announcement.has_metadata = false;
  announcement.requires_python.clear();
  auto none = format_announcement("", announcement).key;
  EXPECT_TRUE(unknown.find("o.m/Pj0z") != std::string::npos) << unknown;
  EXPECT_TRUE(none.ends_with("o.-/entry.v1")) << none;
  EXPECT_TRUE(parse_announcement("", unknown)->announcement.has_metadata);
  EXPECT_EQ(parse_announcement("", none)->announcement, announcement);
}

TEST(Announcement, PutsWhatDoesNotFitIntoTheBody) {
  auto announcement = wheel();
  announcement.requires_python.assign(2000, '!');
  auto object = format_announcement("p/", announcement);
  EXPECT_LE(object.key.size(), 1024u);
  EXPECT_TRUE(object.key.ends_with("/body.v1"));
  auto parsed = parse_announcement("p/", object.key);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->body_sha256, sha256_hex(object.body));
  EXPECT_EQ(parsed->announcement.requires_python, "");
  EXPECT_EQ(read_announcement_body(*parsed, object.body, "s3://b/key"), announcement);
  for (const auto& body : {std::string("{}"), std::string(), object.body + " "}) {
    auto error = error_of([&] { read_announcement_body(*parsed, body, "s3://b/key"); });
    EXPECT_EQ(error.code(), ErrorCode::corrupted);
    EXPECT_NE(std::string(error.what()).find("s3://b/key"), std::string::npos);
  }
}

TEST(Announcement, BodyThatTheKeyCouldHoldIsRefused) {
  auto announcement = wheel();
  auto parsed = parse_announcement("", format_announcement("", announcement).key);
  for (const std::string body :
       {"{\"requires-python\":\"Pj0zLjg\"}\n", "[1]", "{\"requires-python\":7}", "{}"}) {
    parsed->body_sha256 = sha256_hex(body);
    EXPECT_EQ(error_of([&] { read_announcement_body(*parsed, body, "k"); }).code(), ErrorCode::corrupted);
  }
}

TEST(Announcement, RefusesWhatCannotStandInAKey) {
  auto refused = [](auto change) {
    auto announcement = wheel();
    change(announcement);
    return error_of([&] { format_announcement("", announcement); }).code() == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([](auto& a) { a.project = "Acme_Lib"; }));
  EXPECT_TRUE(refused([](auto& a) { a.project = "../x"; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = "a/b.whl"; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = ".."; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = ""; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = "a\n.whl"; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = "\xC3\xA9.whl"; }));
  EXPECT_TRUE(refused([](auto& a) { a.filename = std::string(256, 'a'); }));
  EXPECT_TRUE(refused([](auto& a) { a.sha256 = "abc"; }));
  EXPECT_TRUE(refused([](auto& a) { a.sha256 = std::string(64, 'A'); }));
  EXPECT_TRUE(refused([](auto& a) { a.metadata_sha256 = "x"; }));
  EXPECT_TRUE(refused([](auto& a) { a.has_metadata = false; }));
  auto far = std::string(900, 'p') + '/';
  auto error = error_of([&] { format_announcement(far, wheel()); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_NE(error.hint(), "");
}

TEST(Announcement, HostileKeysAreNone) {
  auto key = format_announcement("", wheel()).key;
  ASSERT_TRUE(parse_announcement("", key));
  for (std::size_t i = 0; i < key.size(); ++i) {
    EXPECT_FALSE(parse_announcement("", key.substr(0, i))) << i;
  }
  auto replaced = [&](std::string_view from, std::string_view to) {
    auto changed = key;
    changed.replace(changed.find(from), from.size(), to);
    return parse_announcement("", changed);
  };
  EXPECT_FALSE(replaced("12345", "012345"));
  EXPECT_FALSE(replaced("12345", "-1"));
  EXPECT_FALSE(replaced("12345", "18446744073709551616"));
  EXPECT_TRUE(replaced("12345", "18446744073709551615"));
  EXPECT_FALSE(replaced("12345", ""));
  EXPECT_FALSE(replaced("qqo.", "qqp."));  // the same digest in another spelling
  EXPECT_FALSE(replaced("Pj0z", "Pj0z/"));
  EXPECT_FALSE(replaced("Pj0z", "Pj0="));
  EXPECT_FALSE(replaced("/entry.v1", "//entry.v1"));
  EXPECT_FALSE(replaced("/entry.v1", "/entry.v2"));
  EXPECT_FALSE(replaced("/entry.v1", "/body.v1"));
  EXPECT_FALSE(replaced("/entry.v1", "/entry.v1/"));
  EXPECT_FALSE(replaced("acme-lib/", "Acme-Lib/"));
  EXPECT_FALSE(replaced("acme-lib/", "../"));
  EXPECT_FALSE(replaced("acme_lib-1.0+cu118-py3-none-any.whl", ".."));
  EXPECT_FALSE(parse_announcement("", std::string(5000, '/')));
}

TEST(Announcement, RoundTripsWhateverItHolds) {
  RandomText random(7);
  std::string any_byte;
  for (int c = 0; c < 256; ++c) any_byte += static_cast<char>(c);
  for (int i = 0; i < 3000; ++i) {
    Announcement announcement;
    announcement.project = "a" + random.of("abcz09", 60) + "-x";
    announcement.filename = "f" + random.of("abcXYZ019._-+! ~'\"%", 254);
    announcement.size = random.coin() ? random.below(1u << 31) : ~0ull - random.below(9);
    announcement.sha256 = random.hex(64);
    announcement.has_metadata = random.coin();
    if (announcement.has_metadata && random.coin()) announcement.metadata_sha256 = random.hex(64);
    announcement.requires_python = random.of(any_byte, random.coin() ? 20 : 900);
    auto prefix = random.coin() ? std::string() : "p" + random.of("abc/", 200) + "/";

    auto object = format_announcement(prefix, announcement);
    ASSERT_LE(object.key.size(), 1024u);
    const auto below = object.key.substr(prefix.size());
    for (auto part : split(below, '/')) {
      ASSERT_FALSE(part.empty());
      ASSERT_LE(part.size(), 255u);
      ASSERT_TRUE(part != "." && part != "..");
    }
    auto parsed = parse_announcement(prefix, object.key);
    ASSERT_TRUE(parsed) << object.key;
    auto read =
        parsed->body_needed() ? read_announcement_body(*parsed, object.body, "key") : parsed->announcement;
    ASSERT_EQ(read, announcement);
    ASSERT_EQ(format_announcement(prefix, read).key, object.key);
    ASSERT_EQ(object.body.empty(), !parsed->body_needed());
  }
}

}  // namespace
}  // namespace wheelyard::index
