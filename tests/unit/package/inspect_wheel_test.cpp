#include <filesystem>
#include <functional>
#include <string>

#include "inspect_fixture.hpp"
#include "support/wheel_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::package {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wheelyard::test_support::Member;
using wheelyard::test_support::record_row;
using wheelyard::test_support::WheelMaker;

class InspectWheel : public InspectFixture {
 protected:
  Distribution inspect(const WheelMaker& maker, const InspectLimits& limits = {}) {
    return inspect_distribution(folder_.write(maker.filename(), maker.bytes()), limits);
  }

  using InspectFixture::refusal;
  std::string refusal(const WheelMaker& maker, const InspectLimits& limits = {}) {
    return refusal(maker.filename(), maker.bytes(), limits);
  }
  std::string refusal(const std::function<void(WheelMaker&)>& change) {
    WheelMaker maker;
    change(maker);
    return refusal(maker);
  }
};

TEST_F(InspectWheel, TellsWhatTheWheelIs) {
  const WheelMaker maker;
  const auto found = inspect(maker);
  EXPECT_EQ(found.filename, "acme-1.0-py3-none-any.whl");
  EXPECT_EQ(found.kind, DistributionKind::wheel);
  EXPECT_EQ(found.name, "acme");
  EXPECT_EQ(found.normalized_name, "acme");
  EXPECT_EQ(found.version, "1.0");
  EXPECT_EQ(found.size, maker.bytes().size());
  EXPECT_EQ(found.sha256, sha256_hex(maker.bytes()));
  EXPECT_EQ(found.requires_python, ">=3.8");
  EXPECT_EQ(found.core_metadata, maker.metadata);
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(InspectWheel, TakesWhatRealWheelsHold) {
  WheelMaker maker;
  maker.name = "Acme.Tools";
  maker.version = "1!2.0rc1+cu.11";
  maker.tags = "py2.py3-none-any";
  maker.dist_info = "acme_tools-1!2.0rc1+cu.11.dist-info";
  maker.metadata =
      "Metadata-Version: 2.0\r\nName: Acme-Tools\r\nVersion: 1!2.0c1+CU-11\r\nAuthor: Ren\xe9\r\n"
      "Requires-Python: >=2.7,\r\n !=3.0.*\r\n\r\nText\r\n";
  maker.wheel = "Wheel-Version: 1.9\nTag: py3-none-any\nTag: py2-none-any\n";
  maker.members = {
      {"acme/", "", Member::Kind::folder},
      {"acme/\xc3\xa9t\xc3\xa9, \"quoted\".py", ""},
      {.path = "acme/stored.bin", .content = std::string(300'000, 'x'), .stored = true},
      {.path = "acme/streamed.py", .content = std::string(400'000, 'y'), .with_descriptor = true},
      {.path = "acme/large.py", .content = "large", .zip64 = true},
      {.path = "acme/both.py", .content = "both", .with_descriptor = true, .zip64 = true},
      {maker.dist_info + "/RECORD.jws", "{}"}};
  maker.without_row = {maker.members[1].path, maker.dist_info + "/RECORD.jws"};
  maker.more_rows = {"\"acme/\xc3\xa9t\xc3\xa9, \"\"quoted\"\".py\",sha512=" +
                     to_base64url(digest(DigestAlgorithm::sha512, "")) + ",\r\n\r\n"};
  maker.zip.zip64_end = true;
  maker.zip.comment = "made by hand";
  const auto found = inspect(maker);
  EXPECT_EQ(found.name, "Acme-Tools");
  EXPECT_EQ(found.normalized_name, "acme-tools");
  EXPECT_EQ(found.version, "1!2.0rc1+cu.11");
  EXPECT_EQ(found.requires_python, ">=2.7, !=3.0.*");
  EXPECT_EQ(found.sha256, sha256_hex(maker.bytes()));
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(InspectWheel, OnlyRemarksTagsThatDiffer) {
  WheelMaker maker;
  maker.tags = "py3-none-win_amd64";
  EXPECT_THAT(inspect(maker).warnings, ElementsAre(HasSubstr("other tags")));
  maker.wheel = "Wheel-Version: 1.0\n";
  EXPECT_THAT(inspect(maker).warnings, ElementsAre(HasSubstr("no tags")));
}

TEST_F(InspectWheel, RefusesTagsOfAnotherPythonOrAbi) {
  WheelMaker maker;
  maker.tags = "cp311-cp311-linux_x86_64";
  EXPECT_THAT(refusal(maker), HasSubstr("\"py3-none-any\""));
  maker.wheel = "Wheel-Version: 1.0\nTag: cp311-abi3-linux_x86_64\n";
  EXPECT_THAT(refusal(maker), HasSubstr("not even one"));
  maker.wheel = "Wheel-Version: 1.0\nTag: CP311-cp311-any\n";
  EXPECT_THAT(inspect(maker).warnings, ElementsAre(HasSubstr("other tags")));
}

TEST_F(InspectWheel, RefusesFilesThatAreNoWheels) {
  const std::string name = "acme-1.0-py3-none-any.whl";
  const std::string good = WheelMaker().bytes();
  EXPECT_THAT(refusal(name, ""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal(name, "not a zip at all"), HasSubstr("not a zip archive"));
  EXPECT_THAT(refusal(name, "<html>" + std::string(100'000, ' ')), HasSubstr("not a zip archive"));
  for (std::size_t size = 1; size < good.size(); size += 7)
    EXPECT_NE(refusal(name, good.substr(0, size)), "accepted") << size;
  EXPECT_THAT(refusal(name, good.substr(0, good.size() - 30)), HasSubstr("cut off"));
  EXPECT_THAT(refusal(name, good + "\n"), HasSubstr("bytes follow the end"));
  EXPECT_THAT(refusal(name, "#!/bin/sh\n" + good), HasSubstr("10 bytes too many"));
}

TEST_F(InspectWheel, NoticesEveryByteThatChanged) {
  const std::string good = WheelMaker().bytes();
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    harmless += refusal("acme-1.0-py3-none-any.whl", bad) == "accepted" ? 1 : 0;
  }
  // What no reader looks at: versions, times, attributes and spare flags of four members and the end record.
  EXPECT_LT(harmless, 4u * 40u);
}

TEST_F(InspectWheel, NamesThatAreNoWheelsAreInvalidArguments) {
  for (const auto* name : {"acme-1.0.whl", "acme.exe", "acme-x-py3-none-any.whl"}) {
    try {
      inspect_distribution(folder_.write(name, WheelMaker().bytes()));
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
    }
  }
  try {
    inspect_distribution(folder_ / "absent-1.0-py3-none-any.whl");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found) << error.what();
  }
  std::filesystem::create_directories(folder_ / "folder-1.0-py3-none-any.whl");
  EXPECT_THROW(inspect_distribution(folder_ / "folder-1.0-py3-none-any.whl"), Error);
}

TEST_F(InspectWheel, AFileIsInspectedUnderAnotherName) {
  const auto copy = folder_.write("download.tmp", WheelMaker().bytes());
  EXPECT_EQ(inspect_distribution_as(copy, "acme-1.0-py3-none-any.whl").filename, "acme-1.0-py3-none-any.whl");
  EXPECT_THROW(inspect_distribution_as(copy, "other-1.0-py3-none-any.whl"), Error);
}

TEST_F(InspectWheel, HoldsMetadataAgainstTheFileName) {
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Name: other\nVersion: 1.0\n"; }), HasSubstr("\"other\""));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Name: acme\nVersion: 1.1\n"; }), HasSubstr("\"1.1\""));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Name: acme\nVersion: one\n"; }),
              HasSubstr("none by PEP 440"));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Name: acme\n"; }), HasSubstr("no Version"));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Version: 1.0\n"; }), HasSubstr("no Name"));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "Name: ac/me\nVersion: 1.0\n"; }),
              HasSubstr("no valid name"));
  EXPECT_THAT(refusal([](auto& m) { m.metadata = "hello"; }), HasSubstr("no metadata fields"));
  EXPECT_THAT(refusal([](auto& m) { m.metadata.clear(); }), HasSubstr("no METADATA"));
  EXPECT_THAT(refusal([](auto& m) {
                m.metadata = "Name: acme\nVersion: 1.0\n" + std::string("Requires-Python: >=3\0", 21);
              }),
              HasSubstr("unprintable"));
}

TEST_F(InspectWheel, HoldsDistInfoAgainstTheFileName) {
  EXPECT_THAT(refusal([](auto& m) { m.dist_info = "other-1.0.dist-info"; }), HasSubstr("does not match"));
  EXPECT_THAT(refusal([](auto& m) { m.dist_info = "acme-2.0.dist-info"; }), HasSubstr("does not match"));
  EXPECT_THAT(refusal([](auto& m) { m.dist_info = "acme.dist-info"; }), HasSubstr("does not match"));
  EXPECT_THAT(refusal([](auto& m) { m.dist_info = "acme-1.0.egg-info"; }), HasSubstr("no .dist-info"));
  EXPECT_THAT(refusal([](auto& m) { m.members.push_back({"Acme-1.0.dist-info/x", ""}); }),
              HasSubstr("two .dist-info"));
}

TEST_F(InspectWheel, ReadsTheWheelFile) {
  EXPECT_THAT(refusal([](auto& m) { m.wheel.clear(); }), HasSubstr("no WHEEL"));
  EXPECT_THAT(refusal([](auto& m) { m.wheel = "Generator: x\n"; }), HasSubstr("no Wheel-Version"));
  EXPECT_THAT(refusal([](auto& m) { m.wheel = "Wheel-Version: 2.0\n"; }), HasSubstr("installers read 1.x"));
  EXPECT_THAT(refusal([](auto& m) { m.wheel = "Wheel-Version: one\n"; }), HasSubstr("no version"));
  EXPECT_THAT(refusal([](auto& m) { m.wheel += "Tag: py3\n"; }), HasSubstr("three parts"));
  EXPECT_THAT(refusal([](auto& m) {
                std::string many = "a";
                for (int i = 0; i < 200; ++i) many += ".a" + std::to_string(i);
                m.wheel += "Tag: " + many + "-" + many + "-" + many + "\n";
              }),
              HasSubstr("20000"));
}

TEST_F(InspectWheel, HoldsRecordAgainstTheMembers) {
  EXPECT_THAT(refusal([](auto& m) { m.with_record = false; }), HasSubstr("no RECORD"));
  EXPECT_THAT(refusal([](auto& m) { m.without_row = {"acme/__init__.py"}; }), HasSubstr("not listed"));
  EXPECT_THAT(refusal([](auto& m) { m.without_row = {"acme-1.0.dist-info/METADATA"}; }),
              HasSubstr("not listed"));
  EXPECT_THAT(refusal([](auto& m) { m.more_rows = {record_row("acme/gone.py", "")}; }),
              HasSubstr("\"acme/gone.py\""));
  EXPECT_THAT(refusal([](auto& m) { m.more_rows = {record_row("acme/__init__.py", "")}; }),
              HasSubstr("twice"));
  const auto with_hash = [&](const std::string& hash) {
    return refusal([&](auto& m) { m.hashes = {{"acme/__init__.py", hash}}; });
  };
  EXPECT_THAT(with_hash("sha256=" + to_base64url(digest(DigestAlgorithm::sha256, "other"))),
              HasSubstr("another digest"));
  EXPECT_THAT(with_hash(""), HasSubstr("no digest"));
  EXPECT_THAT(with_hash("md5=" + to_base64url(digest(DigestAlgorithm::md5, "VERSION = '1.0'\n"))),
              HasSubstr("the digest"));
  EXPECT_THAT(with_hash("sha1=" + to_base64url(digest(DigestAlgorithm::sha1, "VERSION = '1.0'\n"))),
              HasSubstr("the digest"));
  EXPECT_THAT(with_hash("sha256=" + to_hex(digest(DigestAlgorithm::sha256, "VERSION = '1.0'\n"))),
              HasSubstr("the digest"));
  EXPECT_THAT(with_hash("sha256=%"), HasSubstr("the digest"));
  for (const auto algorithm : {DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    const std::string name = algorithm == DigestAlgorithm::sha384 ? "sha384=" : "sha512=";
    EXPECT_EQ(with_hash(name + to_base64url(digest(algorithm, "VERSION = '1.0'\n"))), "accepted");
  }
  const auto with_row = [&](const std::string& row) {
    return refusal([&](auto& m) {
      m.without_row = {"acme/__init__.py"};
      m.more_rows = {row};
    });
  };
  const std::string good = record_row("acme/__init__.py", "VERSION = '1.0'\n");
  EXPECT_EQ(with_row(good), "accepted");
  EXPECT_THAT(with_row(good.substr(0, good.size() - 3) + "17\n"), HasSubstr("16 bytes"));
  EXPECT_THAT(with_row(good.substr(0, good.size() - 3) + "x\n"), HasSubstr("the size"));
  EXPECT_THAT(with_row("acme/__init__.py\n"), HasSubstr("row of 1 fields"));
  EXPECT_THAT(with_row("a,b,c,d\n"), HasSubstr("row of 4 fields"));
  EXPECT_THAT(with_row("\"acme/__init__.py\"x,,\n"), HasSubstr("closing quote"));
  EXPECT_THAT(with_row("\"acme/__init__.py"), HasSubstr("inside a quoted field"));
  EXPECT_THAT(with_row(std::string(70'000, 'x') + ",,\n"), HasSubstr("longer than"));
}

TEST_F(InspectWheel, RefusesPathsThatLeadOut) {
  const auto with_path = [&](const std::string& path) {
    return refusal([&](auto& m) { m.members.push_back({path, "x"}); });
  };
  EXPECT_THAT(with_path("/etc/passwd"), HasSubstr("absolute"));
  EXPECT_THAT(with_path("../x"), HasSubstr("\"..\""));
  EXPECT_THAT(with_path("acme/../../x"), HasSubstr("\"..\""));
  EXPECT_THAT(with_path("acme\\..\\..\\x"), HasSubstr("\"..\""));
  EXPECT_THAT(with_path("\\x"), HasSubstr("absolute"));
  EXPECT_THAT(with_path("C:x"), HasSubstr("drive"));
  EXPECT_THAT(with_path("acme/\x1b[2J"), HasSubstr("control character"));
  EXPECT_THAT(with_path(std::string("acme/a\0b", 8)), HasSubstr("control character"));
  EXPECT_EQ(with_path("acme/..x/y.."), "accepted");
  EXPECT_THAT(
      refusal([](auto& m) {
        m.members.push_back({.path = "acme/l", .kind = Member::Kind::symbolic_link, .target = "/etc/passwd"});
      }),
      HasSubstr("symbolic link"));
}

std::string row_without_size(const std::string& path, const std::string& content) {
  const std::string row = record_row(path, content);
  return row.substr(0, row.rfind(',') + 1) + "\n";
}

TEST_F(InspectWheel, RefusesZipsThatReadersDisagreeOn) {
  const auto with_member = [&](const Member& member) {
    return refusal([&](auto& m) {
      if (member.size_lie != 0) {
        m.without_row = {member.path};
        m.more_rows = {row_without_size(member.path, member.content)};
      }
      m.members.push_back(member);
    });
  };
  EXPECT_THAT(with_member({"acme/__init__.py", "again"}), HasSubstr("__init__.py\" is there twice"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .local_path = "b.py"}), HasSubstr("another name"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .extra_flags = 1}), HasSubstr("encrypted"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .gap = "hidden"}),
              HasSubstr("6 bytes that belong to nothing"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .with_descriptor = true, .gap = "hi"}),
              HasSubstr("descriptor"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .with_descriptor = true, .local_crc_xor = 1}),
              HasSubstr("data descriptor"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .crc_xor = 1}), HasSubstr("CRC"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .local_crc_xor = 1}), HasSubstr("its own header"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "xyz", .size_lie = -1}),
              HasSubstr("more bytes than it says"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "xyz", .size_lie = 1}),
              HasSubstr("fewer bytes than it says"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "xyz", .stored = true, .size_lie = 1}),
              HasSubstr("two different sizes"));
  const std::string second_name = std::string("\x75\x70\x09\x00\x01", 5) + std::string(4, '\0') + "b.py";
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .extra = second_name}), HasSubstr("second name"));
  EXPECT_THAT(with_member({.path = "a.py", .content = "x", .extra = std::string("\x75\x70\xff\x00", 4)}),
              HasSubstr("extra field"));
}

TEST_F(InspectWheel, RefusesBombs) {
  WheelMaker maker;
  EXPECT_THAT(refusal(maker, {.metadata_bytes = 10}), HasSubstr("larger than 10 bytes"));
  maker.members.push_back({"acme/zeros.bin", std::string(70u << 20, '\0')});
  maker.without_row = {"acme/zeros.bin"};
  maker.more_rows = {row_without_size("acme/zeros.bin", maker.members.back().content)};
  const std::string bytes = maker.bytes();
  EXPECT_THAT(refusal(maker.filename(), bytes, {.ratio = 100}), HasSubstr("100 times its size"));
  EXPECT_THAT(refusal(maker.filename(), bytes, {.unpacked_bytes = 1u << 20}),
              HasSubstr("more than 1048576 bytes"));
  EXPECT_THAT(refusal(maker.filename(), bytes, {.member_count = 4}), HasSubstr("5 members, more than 4"));
  maker.members.back().size_lie = -(69 << 20);
  EXPECT_THAT(refusal(maker), HasSubstr("more bytes than it says"));
}

}  // namespace
}  // namespace wheelyard::package
