#include <filesystem>
#include <string>
#include <vector>

#include "inspect_fixture.hpp"
#include "support/wheel_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::package {
namespace {

using testing::HasSubstr;
using wheelyard::test_support::bzip2;
using wheelyard::test_support::gzip;
using wheelyard::test_support::make_tar;
using wheelyard::test_support::Member;
using wheelyard::test_support::sdist_members;
using wheelyard::test_support::ZipMaker;

class InspectSdist : public InspectFixture {
 protected:
  Distribution inspect(const std::string& filename, const std::string& bytes) {
    return inspect_distribution(folder_.write(filename, bytes));
  }

  // Of a good sdist with one more member: as a tar, and the same as a zip where a zip can hold it.
  std::string refusal_with(const Member& member) {
    auto members = sdist_members();
    members.push_back(member);
    std::string answer = refusal("acme-1.0.tar.gz", gzip(make_tar(members)));
    if (member.kind != Member::Kind::hard_link && member.kind != Member::Kind::character_device) {
      EXPECT_EQ(refusal("acme-1.0.zip", ZipMaker{members}.bytes()) == "accepted", answer == "accepted")
          << member.path;
    }
    return answer;
  }
};

TEST_F(InspectSdist, TellsWhatTheSdistIs) {
  const std::string bytes = gzip(make_tar(sdist_members()));
  const auto found = inspect("acme-1.0.tar.gz", bytes);
  EXPECT_EQ(found.kind, DistributionKind::sdist);
  EXPECT_EQ(found.normalized_name, "acme");
  EXPECT_EQ(found.version, "1.0");
  EXPECT_EQ(found.size, bytes.size());
  EXPECT_EQ(found.sha256, sha256_hex(bytes));
  EXPECT_EQ(found.core_metadata, "");
}

TEST_F(InspectSdist, ReadsEveryFormat) {
  const auto members = sdist_members();
  for (const auto& [filename, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"acme-1.0.tgz", gzip(make_tar(members))},
           {"acme-1.0.tar.bz2", bzip2(make_tar(members))},
           {"acme-1.0.zip", ZipMaker{members}.bytes()},
           {"acme-1.0.tar.gz", gzip(make_tar(members)) + std::string(512, '\0')},
           {"acme-1.0.0.tar.gz",
            gzip(make_tar(members).substr(0, 700)) + gzip(make_tar(members).substr(700))}}) {
    EXPECT_EQ(inspect(filename, bytes).sha256, sha256_hex(bytes)) << filename;
  }
}

TEST_F(InspectSdist, TakesWhatRealSdistsHold) {
  auto members = sdist_members("Acme-Old",
                               "Metadata-Version: 1.0\nName: Acme.Old\nVersion: 1.0-beta\nAuthor: Ren\xe9\n"
                               "Requires-Python: >=2.6\nDescription: UNKNOWN\n");
  members.insert(members.begin(), {"./", "", Member::Kind::folder});
  members.insert(members.begin(), {"./._Acme-Old", "resource fork"});
  members.push_back({"Acme-Old/tests/test\xc3\xa4.png", "x"});
  members.push_back({"Acme-Old/" + std::string(200, 'd') + "/" + std::string(200, 'f'), "x"});
  members.push_back(
      {.path = "Acme-Old/docs/link", .kind = Member::Kind::symbolic_link, .target = "../setup.py"});
  members.push_back(
      {.path = "Acme-Old/hard", .kind = Member::Kind::hard_link, .target = "Acme-Old/setup.py"});
  const auto found = inspect("acme_old-1.0b0.tar.gz", gzip(make_tar(members)));
  EXPECT_EQ(found.name, "Acme.Old");
  EXPECT_EQ(found.normalized_name, "acme-old");
  EXPECT_EQ(found.version, "1.0b0");
  EXPECT_EQ(found.requires_python, ">=2.6");
  EXPECT_EQ(inspect("Acme-Old-1.0-beta.tar.bz2", bzip2(make_tar(members))).version, "1.0b0");
}

TEST_F(InspectSdist, TakesFoldersThatAnOldZipCallsDeflated) {
  auto members = sdist_members();
  members.front().deflated_nothing = true;
  EXPECT_EQ(inspect("acme-1.0.zip", ZipMaker{members}.bytes()).version, "1.0");
}

TEST_F(InspectSdist, HoldsPkgInfoAgainstTheFileName) {
  const auto with_info = [&](const std::string& text) {
    return refusal("acme-1.0.tar.gz", gzip(make_tar(sdist_members("acme-1.0", text))));
  };
  EXPECT_THAT(with_info("Name: other\nVersion: 1.0\n"), HasSubstr("\"other\""));
  EXPECT_THAT(with_info("Name: acme\nVersion: 1.1\n"), HasSubstr("\"1.1\""));
  EXPECT_THAT(with_info(""), HasSubstr("no metadata fields"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip(make_tar({{"acme-1.0/setup.py", "x"}}))),
              HasSubstr("no PKG-INFO"));
  EXPECT_THAT(
      refusal("acme-1.0.tar.gz", gzip(make_tar({{"acme-1.0/a/PKG-INFO", "Name: acme\nVersion: 1.0\n"}}))),
      HasSubstr("no PKG-INFO"));
  auto twice = sdist_members();
  twice.push_back(twice[1]);
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip(make_tar(twice))), HasSubstr("there twice"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip(make_tar({}))), HasSubstr("no members"));
  EXPECT_THAT(refusal("acme-1.0.zip", ZipMaker{}.bytes()), HasSubstr("no members"));
}

TEST_F(InspectSdist, RefusesMembersThatLeadOut) {
  EXPECT_THAT(refusal_with({"/etc/passwd", "x"}), HasSubstr("absolute"));
  EXPECT_THAT(refusal_with({"acme-1.0/../../x", "x"}), HasSubstr("\"..\""));
  EXPECT_THAT(refusal_with({"other/x", "x"}), HasSubstr("two top-level folders"));
  EXPECT_THAT(refusal_with({"stray.txt", "x"}), HasSubstr("outside of the one top-level folder"));
  EXPECT_THAT(refusal_with({"acme-1.0/a\nb", "x"}), HasSubstr("control character"));
  const auto link = [&](const std::string& path, const std::string& target) {
    return refusal_with({.path = path, .kind = Member::Kind::symbolic_link, .target = target});
  };
  EXPECT_THAT(link("acme-1.0/l", "/etc/passwd"), HasSubstr("leads out"));
  EXPECT_THAT(link("acme-1.0/l", "../x"), HasSubstr("leads out"));
  EXPECT_THAT(link("acme-1.0/a/l", "../../x"), HasSubstr("leads out"));
  EXPECT_THAT(link("acme-1.0/a/l", "b/../../.."), HasSubstr("leads out"));
  EXPECT_EQ(link("acme-1.0/a/l", "../x"), "accepted");
  EXPECT_THAT(refusal_with({.path = "acme-1.0/h", .kind = Member::Kind::hard_link, .target = "/etc/passwd"}),
              HasSubstr("leads out"));
  EXPECT_THAT(refusal_with({.path = "acme-1.0/h", .kind = Member::Kind::hard_link, .target = "other/x"}),
              HasSubstr("leads out"));
  EXPECT_THAT(refusal_with({.path = "acme-1.0/d", .kind = Member::Kind::character_device}),
              HasSubstr("device"));
  auto through = sdist_members();
  through.push_back({.path = "acme-1.0/l", .kind = Member::Kind::symbolic_link, .target = "."});
  through.push_back({"acme-1.0/l/x", "x"});
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip(make_tar(through))), HasSubstr("through a symbolic link"));
}

TEST_F(InspectSdist, RefusesDamage) {
  const std::string tar = make_tar(sdist_members());
  const std::string good = gzip(tar);
  EXPECT_THAT(refusal("acme-1.0.tar.gz", ""), HasSubstr("empty"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", tar), HasSubstr("not a gzip file"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", bzip2(tar)), HasSubstr("not a gzip file"));
  EXPECT_THAT(refusal("acme-1.0.tar.bz2", good), HasSubstr("not a bzip2 file"));
  EXPECT_THAT(refusal("acme-1.0.zip", good), HasSubstr("not a zip archive"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", good + "x"), HasSubstr("bytes follow the end"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip("not a tar")), HasSubstr("tar archive"));
  for (std::size_t size = 2; size < good.size(); size += 5) {
    EXPECT_NE(refusal("acme-1.0.tar.gz", good.substr(0, size)), "accepted") << size;
  }
  std::string wrong_sum = good;
  wrong_sum[good.size() - 8] = static_cast<char>(wrong_sum[good.size() - 8] ^ 1);
  EXPECT_THAT(refusal("acme-1.0.tar.gz", wrong_sum), HasSubstr("gzip data is damaged"));
  const std::string other = bzip2(tar);
  EXPECT_THAT(refusal("acme-1.0.tar.bz2", other.substr(0, other.size() - 10)), HasSubstr("cut off"));
  std::string flipped = other;
  flipped[other.size() / 2] = static_cast<char>(flipped[other.size() / 2] ^ 1);
  EXPECT_THAT(refusal("acme-1.0.tar.bz2", flipped), HasSubstr("bzip2 data is damaged"));
  // Whole as gzip, but the tar inside ends in the middle of a member.
  auto long_file = sdist_members();
  long_file.push_back({"acme-1.0/long", std::string(5000, 'x')});
  EXPECT_THAT(refusal("acme-1.0.tar.gz", gzip(make_tar(long_file).substr(0, 5000))),
              HasSubstr("tar archive is damaged"));
}

TEST_F(InspectSdist, RefusesBombs) {
  auto members = sdist_members();
  members.push_back({"acme-1.0/zeros", std::string(70u << 20, '\0')});
  const std::string bytes = gzip(make_tar(members));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", bytes, {.ratio = 100}), HasSubstr("100 times its size"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", bytes, {.unpacked_bytes = 1u << 20}),
              HasSubstr("more than 1048576 bytes"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", bytes, {.member_count = 3}), HasSubstr("more than 3 members"));
  EXPECT_THAT(refusal("acme-1.0.tar.gz", bytes, {.metadata_bytes = 10}), HasSubstr("larger than 10 bytes"));
}

}  // namespace
}  // namespace wheelyard::package
