#include "wheelyard/release/diff.hpp"

#include <algorithm>
#include <atomic>

#include "pipeline_fixture.hpp"
#include "support/wheel_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/release/counterparts.hpp"

namespace wheelyard::release {
namespace {

using test_support::gzip;
using test_support::make_tar;
using test_support::Member;
using test_support::WheelMaker;
using test_support::ZipMaker;
using testing::ElementsAre;
using testing::HasSubstr;

/// "changed a.zip: x.py (was y.py), 3 > 4"
std::string line(const Difference& difference) {
  std::string out = std::string(to_string(difference.kind)) + " " + difference.file;
  if (!difference.file_before.empty()) out += " (was " + difference.file_before + ")";
  if (!difference.member.empty()) out += ": " + difference.member;
  if (!difference.member_before.empty()) out += " (was " + difference.member_before + ")";
  return out + ", " + std::to_string(difference.size_before) + " > " + std::to_string(difference.size_after);
}

class Diff : public ::testing::Test {
 protected:
  Diff() {
    options_.before = [this](std::string_view operation, std::string_view key) {
      if (operation == "get" && key.starts_with("archive/")) ++reads_;
    };
    bucket_ = std::make_unique<PipelineFixture>(store::make_memory_store(options_));
  }
  /// What is different between two releases of "suite".
  std::vector<std::string> between(const std::map<std::string, std::string>& before,
                                   const std::map<std::string, std::string>& after) {
    bucket_->push(before, "1.0", "suite");
    bucket_->promote("staging", {}, "suite");
    bucket_->push(after, "1.1", "suite");
    return lines("staging", "qa");
  }
  std::vector<std::string> lines(const std::string& before, const std::string& after) {
    reads_ = 0;
    report_ = bucket_->pipeline().diff({.name = "suite", .before = before, .after = after, .progress = {}});
    std::vector<std::string> all;
    std::ranges::transform(report_.differences, std::back_inserter(all), line);
    return all;
  }
  std::string size_of(const std::string& file, bool after) const {
    return std::to_string((after ? report_.after : report_.before).find(file)->size);
  }

  store::MemoryStoreOptions options_;
  std::unique_ptr<PipelineFixture> bucket_;
  DiffReport report_;
  std::atomic<int> reads_ = 0;
};

TEST_F(Diff, FilesOfARelease) {
  EXPECT_THAT(
      between({{"a", "1"}, {"b", "22"}, {"c", "333"}}, {{"a", "1"}, {"b", "2222"}, {"d.txt", "55555"}}),
      ElementsAre("changed b, 2 > 4", "added d.txt, 0 > 5", "removed c, 3 > 0"));
  EXPECT_EQ(report_.before.version, "1.0");
  EXPECT_EQ(report_.after.version, "1.1");
  EXPECT_EQ(reads_, 0) << "no archives, and yet something was read";
}

TEST_F(Diff, TheSameReleaseHasNoDifferencesAndNothingIsRead) {
  const auto zip = ZipMaker{{{"a", "1"}}}.bytes();
  bucket_->push({{"a.zip", zip}, {"b", "2"}}, "1.0", "suite");
  bucket_->promote("staging", {}, "suite");
  EXPECT_THAT(lines("qa", "staging"), ElementsAre());
  bucket_->push({{"a.zip", zip}, {"b", "3"}}, "1.1", "suite");
  EXPECT_THAT(lines("staging", "qa"), ElementsAre("changed b, 1 > 1"));
  EXPECT_EQ(reads_, 0);
}

TEST_F(Diff, MembersOfArchivesOfTheSameName) {
  const auto zip = [](const std::vector<Member>& members) { return ZipMaker{members}.bytes(); };
  const std::vector<Member> before = {{"same", "1"}, {"other", "22"}, {"gone", "333"}};
  const std::vector<Member> after = {{"new", "4444"}, {"other", "33"}, {"same", "1"}};
  const auto found = between({{"a.zip", zip(before)}, {"b.tar.gz", gzip(make_tar(before))}},
                             {{"a.zip", zip(after)}, {"b.tar.gz", gzip(make_tar(after))}});
  EXPECT_THAT(
      found,
      ElementsAre("changed a.zip, " + size_of("a.zip", false) + " > " + size_of("a.zip", true),
                  "removed a.zip: gone, 3 > 0", "added a.zip: new, 0 > 4", "changed a.zip: other, 2 > 2",
                  "changed b.tar.gz, " + size_of("b.tar.gz", false) + " > " + size_of("b.tar.gz", true),
                  "removed b.tar.gz: gone, 3 > 0", "added b.tar.gz: new, 0 > 4",
                  "changed b.tar.gz: other, 2 > 2"));
  EXPECT_EQ(reads_, 4);
}

TEST_F(Diff, WheelsOfTwoVersionsAreComparedMemberByMember) {
  WheelMaker before;
  WheelMaker after;
  after.version = "1.1";
  after.dist_info = "acme-1.1.dist-info";
  after.metadata = "Metadata-Version: 2.1\nName: acme\nVersion: 1.1\n";
  after.members = {{"acme/__init__.py", "VERSION = '1.1.'\n"}, {"acme/more.py", "x"}};
  const auto found = between({{before.filename(), before.bytes()}}, {{after.filename(), after.bytes()}});
  ASSERT_EQ(found.size(), 5u);
  EXPECT_THAT(found[0], HasSubstr("changed acme-1.1-py3-none-any.whl (was acme-1.0-py3-none-any.whl), "));
  EXPECT_THAT(found[1], HasSubstr(": acme-1.1.dist-info/METADATA (was acme-1.0.dist-info/METADATA), "));
  EXPECT_THAT(found[2], HasSubstr(": acme-1.1.dist-info/RECORD (was acme-1.0.dist-info/RECORD), "));
  EXPECT_EQ(found[3],
            "changed acme-1.1-py3-none-any.whl (was acme-1.0-py3-none-any.whl): acme/__init__.py, 16 > 17");
  EXPECT_EQ(found[4], "added acme-1.1-py3-none-any.whl (was acme-1.0-py3-none-any.whl): acme/more.py, 0 > 1");
}

TEST_F(Diff, TheFolderThatHoldsAllOfASourceArchiveIsLeftOutOfAccount) {
  const auto tar = [](const std::string& top, const std::string& content) {
    return gzip(make_tar({{top + "/a", content}, {top + "/b", "same"}}));
  };
  EXPECT_THAT(
      between({{"acme-1.0.tar.gz", tar("acme-1.0", "1")}}, {{"acme-1.1.tar.gz", tar("acme-1.1", "22")}}),
      ElementsAre(HasSubstr("changed acme-1.1.tar.gz (was acme-1.0.tar.gz), "),
                  "changed acme-1.1.tar.gz (was acme-1.0.tar.gz): acme-1.1/a (was acme-1.0/a), 1 > 2"));
}

TEST_F(Diff, AFileOfTheSameBytesUnderAnotherNameIsRenamed) {
  EXPECT_THAT(between({{"app-1.0.bin", "same"}}, {{"app-1.1.bin", "same"}}),
              ElementsAre("renamed app-1.1.bin (was app-1.0.bin), 4 > 4"));
}

TEST_F(Diff, OnlyThePackingIsDifferent) {
  EXPECT_THAT(between({{"a.zip", ZipMaker{{{"a", "1", Member::Kind::file, "", true}}}.bytes()}},
                      {{"a.zip", ZipMaker{{{"a", "1"}}}.bytes()}}),
              ElementsAre(HasSubstr("changed a.zip, ")));
  EXPECT_THAT(report_.notes,
              ElementsAre("a.zip: its members are the same, only how they are packed differs"));
}

/// "changed a.tar: run: file 0644  > symbolic link - x"
std::string with_traits(const Difference& difference) {
  const auto text = [](const std::optional<MemberTraits>& traits) {
    if (!traits) return std::string("nothing");
    return traits->type + " " + (traits->mode ? mode_text(*traits->mode) : "-") +
           (traits->target.empty() ? "" : " to " + traits->target);
  };
  return std::string(to_string(difference.kind)) + " " + difference.member + ": " +
         text(difference.traits_before) + " > " + text(difference.traits_after);
}

TEST_F(Diff, ModesTypesAndTargetsOfMembers) {
  const std::vector<Member> before = {{.path = "gone", .content = "x", .mode = 0600},
                                      {.path = "lib", .kind = Member::Kind::symbolic_link, .target = "a.1"},
                                      {.path = "plain", .content = "x"},
                                      {.path = "run", .content = "x", .mode = 0644},
                                      {.path = "same", .content = "x", .mode = 0755}};
  const std::vector<Member> after = {{.path = "lib", .kind = Member::Kind::symbolic_link, .target = "a.2"},
                                     {.path = "plain", .kind = Member::Kind::symbolic_link, .target = "run"},
                                     {.path = "run", .content = "x", .mode = 0755},
                                     {.path = "same", .content = "x", .mode = 0755}};
  between({{"a.tar", make_tar(before)}}, {{"a.tar", make_tar(after)}});
  std::vector<std::string> found;
  std::ranges::transform(report_.differences, std::back_inserter(found), with_traits);
  EXPECT_THAT(found, ElementsAre("changed : nothing > nothing", "removed gone: file 0600 > nothing",
                                 "changed lib: symbolic link - to a.1 > symbolic link - to a.2",
                                 "changed plain: file 0644 > symbolic link - to run",
                                 "changed run: file 0644 > file 0755"));
}

TEST_F(Diff, AZipThatDoesNotSayModesHasNoExecutables) {
  const auto zip = [](bool without) {
    return ZipMaker{{{.path = "a", .content = "x", .without_mode = without, .mode = 0600},
                     {.path = "run", .content = "x", .without_mode = without, .mode = 0755}}}
        .bytes();
  };
  EXPECT_THAT(between({{"a.zip", zip(true)}}, {{"a.zip", zip(false)}}),
              ElementsAre(HasSubstr("changed a.zip, "), "changed a.zip: run, 1 > 1"));
}

TEST_F(Diff, AnArchiveThatCannotBeReadIsANote) {
  EXPECT_THAT(between({{"a.zip", "no zip at all"}}, {{"a.zip", ZipMaker{{{"a", "1"}}}.bytes()}}),
              ElementsAre(HasSubstr("changed a.zip, 13 > ")));
  EXPECT_THAT(report_.notes, ElementsAre("a.zip (1.0) cannot be looked into: it is not a zip archive"));
}

TEST_F(Diff, ReleasesThatNoRankHoldsAreNamedByVersion) {
  between({{"a", "1"}}, {{"a", "22"}});
  bucket_->push({{"a", "333"}}, "1.2", "suite");
  EXPECT_THAT(lines("@1.1", "@1.2"), ElementsAre("changed a, 2 > 3"));
  EXPECT_THAT(lines("@1.2", "staging"), ElementsAre("changed a, 3 > 1"));
}

TEST_F(Diff, RefusesWhatIsNotThere) {
  between({{"a", "1"}}, {{"a", "22"}});
  const auto refused = [&](const std::string& before, const std::string& after) {
    return refusal_of([&] { lines(before, after); });
  };
  EXPECT_EQ(refused("qa", "production"), Refusal::unknown_release);
  EXPECT_EQ(refused("nowhere", "qa"), Refusal::unknown_rank);
  EXPECT_EQ(refused("qa", "@9"), Refusal::unknown_release);
  EXPECT_THROW(lines("qa", "@../1.0"), Error);
  EXPECT_EQ(refusal_of([&] {
              bucket_->pipeline().diff({.name = "other", .before = "qa", .after = "staging", .progress = {}});
            }),
            Refusal::unknown_release);
}

TEST_F(Diff, OtherBytesThanTheManifestNamesEndIt) {
  between({{"a.zip", ZipMaker{{{"a", "1"}}}.bytes()}}, {{"a.zip", ZipMaker{{{"a", "2"}}}.bytes()}});
  auto bytes = bucket_->bytes("archive/1.0/a.zip");
  bytes[35] ^= 1;
  bucket_->store()->put("archive/1.0/a.zip", bytes_source(bytes));
  EXPECT_THROW(
      {
        try {
          lines("staging", "qa");
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::corrupted);
          EXPECT_THAT(error.what(), HasSubstr("SHA-256 is not the manifest's"));
          throw;
        }
      },
      Error);
}

/// "before > after", in the order of the counterparts.
std::vector<std::string> paired(const std::vector<std::string>& before, const std::vector<std::string>& after,
                                const std::string& old = "1.0", const std::string& current = "1.1") {
  const auto manifest = [](const std::string& version, const std::vector<std::string>& names) {
    Manifest made{.name = "x", .version = version, .files = {}};
    for (const auto& name : names)
      made.files.push_back({.name = name, .size = 0, .sha256 = {}, .etag = {}, .key = {}});
    return made;
  };
  const auto first = manifest(old, before);
  const auto second = manifest(current, after);
  std::vector<std::string> pairs;
  for (const auto& [one, other] : find_counterparts(first, second))
    pairs.push_back((one == nullptr ? "-" : one->name) + " > " + (other == nullptr ? "-" : other->name));
  return pairs;
}

TEST(Counterparts, TheSameNameGoesAheadOfEverything) {
  EXPECT_THAT(paired({"a.txt", "b.txt"}, {"b.txt", "c.txt"}), ElementsAre("b.txt > b.txt", "a.txt > c.txt"));
}

TEST(Counterparts, ThenNamesThatAreTheSameButForTheVersion) {
  EXPECT_THAT(paired({"app-1.0-arm", "app-1.0-x86"}, {"app-1.1-arm", "app-1.1-x86"}),
              ElementsAre("app-1.0-arm > app-1.1-arm", "app-1.0-x86 > app-1.1-x86"));
  EXPECT_THAT(paired({"1.0/1.0"}, {"1.1/1.1"}), ElementsAre("1.0/1.0 > 1.1/1.1"));
  // "1.0" is no version in "1.0.3" and "11.0": nothing pairs those, but that they are the only ones of their
  // kind.
  EXPECT_THAT(paired({"a-1.0.3-x.t", "b.t"}, {"a-1.1.3-x.t", "c.t"}),
              ElementsAre("- > a-1.1.3-x.t", "- > c.t", "a-1.0.3-x.t > -", "b.t > -"));
  EXPECT_THAT(paired({"a-11.0-x.t", "b.t"}, {"a-11.1-x.t", "c.t"}),
              ElementsAre("- > a-11.1-x.t", "- > c.t", "a-11.0-x.t > -", "b.t > -"));
}

TEST(Counterparts, ThenDistributionsOfOneProjectAndTheSameTags) {
  EXPECT_THAT(paired({"acme-3-cp311-cp311-linux_x86_64.whl", "acme-3-cp312-cp312-linux_x86_64.whl",
                      "other-3-py3-none-any.whl"},
                     {"acme-4-cp311-cp311-linux_x86_64.whl", "acme-4-cp312-cp312-linux_x86_64.whl",
                      "third-3-py3-none-any.whl"},
                     "nightly", "morning"),
              ElementsAre("acme-3-cp311-cp311-linux_x86_64.whl > acme-4-cp311-cp311-linux_x86_64.whl",
                          "acme-3-cp312-cp312-linux_x86_64.whl > acme-4-cp312-cp312-linux_x86_64.whl",
                          "other-3-py3-none-any.whl > third-3-py3-none-any.whl"));
}

TEST(Counterparts, ThenTheOnlyOnesOfTheirKind) {
  EXPECT_THAT(paired({"report.PDF", "a.tar.gz"}, {"summary.pdf", "b.tar.gz"}),
              ElementsAre("report.PDF > summary.pdf", "a.tar.gz > b.tar.gz"));
  EXPECT_THAT(paired({"a.pdf", "b.pdf"}, {"c.pdf"}), ElementsAre("- > c.pdf", "a.pdf > -", "b.pdf > -"));
  EXPECT_THAT(paired({"README"}, {"LICENSE"}), ElementsAre("README > LICENSE"));
}

TEST(Counterparts, NoMemberIsTheCounterpartOfTwo) {
  const std::vector<package::ListedMember> before = {{"a-1/x", 1, "1"}};
  const std::vector<package::ListedMember> after = {{"a-1/x", 1, "1"}, {"a-2.dist-info/x", 1, "1"}};
  const auto found = find_counterparts(before, after);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].first, &before[0]);
  EXPECT_EQ(found[1].first, nullptr);
}

}  // namespace
}  // namespace wheelyard::release
