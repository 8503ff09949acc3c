#include "wheelyard/package/archive_listing.hpp"

#include <array>
#include <cstdio>

#include "support/scratch_folder.hpp"
#include "support/wheel_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::package {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using wheelyard::test_support::bzip2;
using wheelyard::test_support::gzip;
using wheelyard::test_support::make_tar;
using wheelyard::test_support::Member;
using wheelyard::test_support::ZipMaker;

// a/x.txt "hello", a/y.txt "world" ten times, a/l a symbolic link to x.txt, as `xz` and `zstd` pack them.
constexpr std::string_view packed_by_xz =
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e027ff00855d00308bcb030de7eb714e6e397675cfd24eb8"
    "4c1f1f71e79b2453be2d930e72829648375518a2066c6193c5c463b8dd8847eba34cbc9e4fe2880fe184b5d7271aa265"
    "a2edaea40a9f5e952c92280d2321fe6e4233313f1f0808d3ed50b7e3831fb4bbe311055f26fdc36a6b7ffa18594ce156"
    "74bf9531534979775d024bb29ff6d912741882000000000025a6b9381c7498ae0001a10180500000ada790adb1c467fb"
    "020000000004595a";
constexpr std::string_view packed_by_zstd =
    "28b52ffd0458fd030012040e1590471d08c872b4ac45fe9f490417c4d293ff972503a8f46090433686204a8959659944"
    "71db72c6d14b57477d2bfc3f62faaf7b0e786605180062eb313d6000056240050ca0c00f28f09e80b300810bc00d6004"
    "a75ed33503358862ea185019f0da1f20a7ee1ea800016a8937a41b80e4400430688063e53239012ef4dd6655";

const std::vector<Member> some = {{"acme/b.py", "two\n"}, {"acme/a.py", "one\n"}, {"empty", ""}};

using Kind = ListedMember::Kind;

ListedMember member(const std::string& path, const std::string& content, std::uint32_t mode = 0644) {
  return {
      .path = path, .size = content.size(), .sha256 = sha256_hex(content), .kind = Kind::file, .mode = mode};
}

ListedMember link(const std::string& path, Kind kind, const std::string& target) {
  return {.path = path,
          .size = target.size(),
          .sha256 = sha256_hex(std::string(to_string(kind)) + "\n" + target),
          .kind = kind,
          .mode = {},
          .target = target};
}

class ListArchive : public ::testing::Test {
 protected:
  std::vector<ListedMember> list(const std::string& filename, const std::string& bytes,
                                 const InspectLimits& limits = {}) {
    return list_archive(folder_.write(filename, bytes), filename, limits);
  }
  std::string refusal(const std::string& filename, const std::string& bytes,
                      const InspectLimits& limits = {}) {
    try {
      list(filename, bytes, limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted) << error.what();
      EXPECT_FALSE(error.hint().empty());
      return error.what();
    }
    return "listed";
  }

  wheelyard::test_support::ScratchFolder folder_;
};

TEST_F(ListArchive, ListsWhatEachFormatHoldsInOrder) {
  const auto expected =
      ElementsAre(member("acme/a.py", "one\n"), member("acme/b.py", "two\n"), member("empty", ""));
  for (const std::string name : {"a.zip", "acme-1.0-py3-none-any.whl", "a.JAR", "a.pipper", "a.egg"}) {
    EXPECT_THAT(list(name, ZipMaker{some}.bytes()), expected) << name;
  }
  EXPECT_THAT(list("a.tar", make_tar(some)), expected);
  for (const std::string name : {"a.tar.gz", "a.TGZ"})
    EXPECT_THAT(list(name, gzip(make_tar(some))), expected) << name;
  for (const std::string name : {"a.tar.bz2", "a.tbz2"})
    EXPECT_THAT(list(name, bzip2(make_tar(some))), expected) << name;
}

TEST_F(ListArchive, ListsWhatXzAndZstdHavePacked) {
  const std::string worlds = "worldworldworldworldworldworldworldworldworldworld";
  const auto expected = ElementsAre(link("a/l", Kind::symbolic_link, "x.txt"), member("a/x.txt", "hello"),
                                    member("a/y.txt", worlds));
  EXPECT_THAT(list("a.tar.xz", from_hex(packed_by_xz)), expected);
  EXPECT_THAT(list("a.txz", from_hex(packed_by_xz)), expected);
  EXPECT_THAT(list("a.tar.zst", from_hex(packed_by_zstd)), expected);
  EXPECT_THAT(list("a.tzst", from_hex(packed_by_zstd)), expected);
}

TEST_F(ListArchive, FoldersAreLeftOutAndDotsAtTheFrontToo) {
  const std::vector<Member> members = {
      {"./", "", Member::Kind::folder}, {"./a/", "", Member::Kind::folder}, {"./a/x", "1"}};
  EXPECT_THAT(list("a.tar", make_tar(members)), ElementsAre(member("a/x", "1")));
  EXPECT_THAT(list("a.zip", ZipMaker{{{"a/", "", Member::Kind::folder}, {"a/x", "1"}}}.bytes()),
              ElementsAre(member("a/x", "1")));
}

TEST_F(ListArchive, ALinkIsNeverTheSameAsAFile) {
  const auto file = list("a.tar", make_tar({{"a", "x"}}));
  const auto link = list("a.tar", make_tar({{"a", "", Member::Kind::symbolic_link, "x"}}));
  const auto other = list("a.tar", make_tar({{"a", "", Member::Kind::symbolic_link, "y"}}));
  const auto hard = list("a.tar", make_tar({{"a", "", Member::Kind::hard_link, "x"}}));
  EXPECT_NE(file, link);
  EXPECT_NE(link, other);
  EXPECT_NE(link, hard);
  EXPECT_NE(list("a.zip", ZipMaker{{{"a", "x"}}}.bytes()),
            list("a.zip", ZipMaker{{{"a", "x", Member::Kind::symbolic_link, "x"}}}.bytes()));
}

TEST_F(ListArchive, LinksAndDevicesAreListedAsSuch) {
  EXPECT_THAT(list("a.tar", make_tar({{"h", "", Member::Kind::hard_link, "x"},
                                      {"null", "", Member::Kind::character_device},
                                      {"s", "", Member::Kind::symbolic_link, "../y"}})),
              ElementsAre(link("h", Kind::hard_link, "x"), link("null", Kind::device, ""),
                          link("s", Kind::symbolic_link, "../y")));
  EXPECT_THAT(list("a.zip", ZipMaker{{{"s", "", Member::Kind::symbolic_link, "../y"}}}.bytes()),
              ElementsAre(link("s", Kind::symbolic_link, "../y")));
  const std::string far(10'000, 'x');
  const auto listed = list("a.zip", ZipMaker{{{"s", "", Member::Kind::symbolic_link, far}}}.bytes());
  EXPECT_EQ(listed.at(0).target, far.substr(0, 4096));
  EXPECT_EQ(listed.at(0).size, far.size());
}

TEST_F(ListArchive, ModesAreThoseOfTheArchive) {
  const std::vector<Member> members = {{.path = "run", .content = "x", .mode = 0755},
                                       {.path = "su", .content = "x", .mode = 04711}};
  const auto expected = ElementsAre(member("run", "x", 0755), member("su", "x", 04711));
  EXPECT_THAT(list("a.tar", make_tar(members)), expected);
  EXPECT_THAT(list("a.zip", ZipMaker{members}.bytes()), expected);
  const Member closed{.path = "shut", .content = "x", .mode = 0};
  EXPECT_THAT(list("a.tar", make_tar({closed})), ElementsAre(member("shut", "x", 0))) << "a tar always says";
  for (const bool without : {true, false}) {
    const Member one{.path = "a", .content = "x", .without_mode = without, .mode = 0};
    const auto expected_mode = without ? std::nullopt : std::optional(0u);
    EXPECT_EQ(list("a.zip", ZipMaker{{one}}.bytes()).at(0).mode, expected_mode) << "not every zip says";
  }
}

TEST_F(ListArchive, OfAPathThatATarHoldsTwiceTheLastCounts) {
  EXPECT_THAT(list("a.tar", make_tar({{"a", "first"}, {"a", "last"}})), ElementsAre(member("a", "last")));
}

TEST_F(ListArchive, ContentIsReadAndNotBelieved) {
  auto wrong = some;
  wrong[0].crc_xor = 1;
  EXPECT_THAT(refusal("a.zip", ZipMaker{wrong}.bytes()), HasSubstr("CRC"));
  wrong = some;
  wrong[1].local_path = "acme/c.py";
  EXPECT_THAT(refusal("a.zip", ZipMaker{wrong}.bytes()), HasSubstr("another name"));
}

TEST_F(ListArchive, DamagedCutAndForeignFilesAreRefused) {
  const std::string tar = make_tar(some);
  for (const auto& [name, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"a.tar", tar},
                                                        {"a.tar.gz", gzip(tar)},
                                                        {"a.tar.bz2", bzip2(tar)},
                                                        {"a.tar.xz", from_hex(packed_by_xz)},
                                                        {"a.tar.zst", from_hex(packed_by_zstd)},
                                                        {"a.zip", ZipMaker{some}.bytes()}}) {
    EXPECT_THAT(refusal(name, ""), HasSubstr("empty")) << name;
    EXPECT_NE(refusal(name, std::string(2000, 'x')), "listed") << name;
    if (name == "a.tar") continue;
    EXPECT_NE(refusal(name, bytes.substr(0, bytes.size() - 3)), "listed") << name;
    EXPECT_NE(refusal(name, bytes + "more"), "listed") << name;
    auto flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 0x55);
    EXPECT_NE(refusal(name, flipped), "listed") << name;
  }
  EXPECT_NE(refusal("a.tar", tar.substr(0, 700)), "listed");
}

TEST_F(ListArchive, BombsAreRefused) {
  const std::string large(200u << 20, '\0');
  EXPECT_THAT(refusal("a.tar.gz", gzip(make_tar({{"a", large}}))), HasSubstr("times its size"));
  const InspectLimits few{.member_count = 2};
  EXPECT_THAT(refusal("a.tar", make_tar(some), few), HasSubstr("more than 2 members"));
  EXPECT_THAT(refusal("a.zip", ZipMaker{some}.bytes(), few), HasSubstr("more than 2"));
  EXPECT_THAT(refusal("a.tar", make_tar({{"a", std::string(5000, 'x')}}), {.unpacked_bytes = 4000}),
              HasSubstr("unpacks to more than 4000 bytes"));
}

// GNU's sparse format: a header of 512 bytes that stands for eight GiB of nothing.
TEST_F(ListArchive, HolesOfSparseMembersCountAsWhatTheyUnpackTo) {
  std::string header(512, '\0');
  const auto set = [&](std::size_t at, std::string_view text) { header.replace(at, text.size(), text); };
  set(0, "a");
  set(100, "0000644");
  set(108, "0000000");
  set(116, "0000000");
  set(124, "00000000001");
  set(136, "00000000000");
  set(156, "S");
  set(257, "ustar  ");
  set(386, "77777776000");  // one byte of data behind eight GiB
  set(398, "00000000001");
  set(483, "77777776001");  // the size that it unpacks to
  set(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%06o", sum);
  set(148, std::string_view(text.data(), 7));
  EXPECT_THAT(refusal("a.tar", header + std::string(1536, '\0')), HasSubstr("times its size"));
}

TEST(IsListableArchive, GoesByTheName) {
  for (const std::string name : {"a.whl", "a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.xz",
                                 "a.tar.zst", "a.tar.bz2", "a.jar"})
    EXPECT_TRUE(is_listable_archive(name)) << name;
  for (const std::string name : {"", "a", "a.gz", "zip", "a.whl.asc", "a.txt"})
    EXPECT_FALSE(is_listable_archive(name)) << name;
}

}  // namespace
}  // namespace wheelyard::package
