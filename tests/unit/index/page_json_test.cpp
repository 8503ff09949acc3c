#include "wheelyard/index/page_json.hpp"

#include "page_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/index/json_text.hpp"

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ProjectPage full_page() {
  ProjectPage page;
  page.name = "acme-lib";
  page.status = "archived";
  page.status_reason = "moved \"away\"";
  page.serial = 42;
  page.in_root = true;
  page.withdrawn["acme_lib-0.9.tar.gz"] = {Withdrawal::State::deleting,
                                           *parse_rfc3339("2026-11-20T10:00:00.5Z"), digest_b};
  page.withdrawn["acme_lib-0.8.tar.gz"] = {Withdrawal::State::damaged, *parse_rfc3339("2026-11-20T10:00:00Z"),
                                           ""};
  page.extra_json =
      R"({"alternate-locations":["https://example.org/a/"],"meta":{"_last-serial":7},"_wheelyard":{"later":[1,{}]}})";

  auto sdist = entry("acme_lib-1.0.tar.gz", "acme_lib-1.0.tar.gz");
  sdist.yanked = true;
  page.files.push_back(sdist);
  auto wheel = entry("acme_lib-1.0+cu1-py3-none-any.whl", "acme_lib-1.0%2Bcu1-py3-none-any.whl");
  wheel.hashes = {{"sha256", digest_a}, {"md5", std::string(32, 'c')}};
  wheel.size = 18446744073709551615ull;
  wheel.upload_time = parse_rfc3339("2026-11-21T09:18:25.000001Z");
  wheel.requires_python = ">=3.8,<4";
  wheel.yanked = true;
  wheel.yanked_reason = "bad\nline \xC3\xA9 \x01";
  wheel.has_metadata = true;
  wheel.metadata_sha256 = digest_b;
  wheel.gpg_sig = false;
  wheel.extra_json =
      R"({"provenance":"https://example.org/p","x":[null,true,1.50,-3,{"meta":{}}],"meta":{"a":1}})";
  page.files.push_back(wheel);
  return page;
}

void expect_equal(const ProjectPage& a, const ProjectPage& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.status_reason, b.status_reason);
  EXPECT_EQ(a.extra_json, b.extra_json);
  EXPECT_EQ(a.serial, b.serial);
  EXPECT_EQ(a.in_root, b.in_root);
  ASSERT_EQ(a.withdrawn.size(), b.withdrawn.size());
  for (const auto& [name, withdrawal] : a.withdrawn) {
    ASSERT_TRUE(b.withdrawn.contains(name));
    EXPECT_EQ(withdrawal.state, b.withdrawn.at(name).state);
    EXPECT_EQ(withdrawal.at, b.withdrawn.at(name).at);
    EXPECT_EQ(withdrawal.sha256, b.withdrawn.at(name).sha256);
  }
  ASSERT_EQ(a.files.size(), b.files.size());
  for (std::size_t i = 0; i < a.files.size(); ++i) expect_equal(a.files[i], b.files[i]);
}

/// A page with one file whose members are `members`.
std::string with_file(const std::string& members) {
  return R"({"meta":{"api-version":"1.0"},"name":"acme","files":[{)" + members + "}]}";
}
const std::string plain = R"("filename":"acme-1.tar.gz","url":"acme-1.tar.gz","hashes":{})";

std::string problem_of(const std::string& json) {
  auto error = error_of([&] { project_from_json(json, "s3://bucket/acme/index.json"); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted) << json;
  EXPECT_THAT(error.what(), HasSubstr("s3://bucket/acme/index.json"));
  return error.details().reason;
}

TEST(JsonPage, RoundTrips) {
  auto page = full_page();
  auto json = to_json(page);
  expect_equal(page, project_from_json(json, "page"));
  EXPECT_EQ(to_json(project_from_json(json, "page")), json);
}

TEST(JsonPage, WritesWhatTheStandardsSay) {
  auto json = to_json(full_page());
  EXPECT_THAT(json, HasSubstr(R"("meta":{"api-version":"1.4","_last-serial":7})"));
  EXPECT_THAT(json, HasSubstr(R"("project-status":{"status":"archived","reason":"moved \"away\""})"));
  EXPECT_THAT(json, HasSubstr(R"("versions":["1.0","1.0+cu1"])"));
  EXPECT_THAT(json, HasSubstr(R"("upload-time":"2026-11-21T09:18:25.000001Z")"));
  EXPECT_THAT(json, HasSubstr(R"("yanked":true,"core-metadata":false})"));
  EXPECT_THAT(json, HasSubstr(R"("core-metadata":{"sha256":")" + digest_b + R"("})"));
  EXPECT_THAT(json, Not(HasSubstr("dist-info-metadata")));
  EXPECT_THAT(
      json,
      HasSubstr(
          R"("provenance":"https://example.org/p","x":[null,true,1.50,-3,{"meta":{}}],"meta":{"a":1}})"));
  EXPECT_THAT(json, HasSubstr(R"("_wheelyard":{"serial":42,"in-root":true)"));
}

TEST(JsonPage, LeavesItsOwnStateOutForClients) {
  auto json = to_json(full_page(), false);
  EXPECT_THAT(json, Not(HasSubstr("_wheelyard")));
  EXPECT_THAT(json, HasSubstr("alternate-locations"));
  EXPECT_EQ(project_from_json(json, "page").serial, 0u);
}

TEST(JsonPage, ReadsWhatOthersWrite) {
  auto page = project_from_json(
      R"({"meta":{"api-version":"1.1","tracks":[]},"name":"Acme.Lib","versions":["1"],"files":[
      {"filename":"a-1.whl","url":"https://example.org/a-1.whl","hashes":{"SHA256":"AB"},"requires-python":null,
       "size":null,"upload-time":"2026-11-21T09:18:25+01:00","yanked":"","dist-info-metadata":true,"gpg-sig":null},
      {"filename":"b-1.whl","url":"/b-1.whl","hashes":{},"core-metadata":{"sha512":"ab"},"dist-info-metadata":false},
      {"filename":"c-1.whl","url":"c","hashes":{},"dist-info-metadata":{"sha256":")" +
          digest_a + R"("},"core-metadata":false}]})",
      "page");
  EXPECT_EQ(page.name, "acme-lib");
  EXPECT_EQ(page.extra_json, R"({"meta":{"tracks":[]}})");
  EXPECT_EQ(page.files[0].hashes, (std::map<std::string, std::string>{{"SHA256", "ab"}}));
  EXPECT_EQ(page.files[0].upload_time, parse_rfc3339("2026-11-21T08:18:25Z"));
  EXPECT_FALSE(page.files[0].yanked);
  EXPECT_TRUE(page.files[0].has_metadata);
  EXPECT_TRUE(page.files[1].has_metadata);
  EXPECT_EQ(page.files[1].metadata_sha256, "");
  EXPECT_FALSE(page.files[2].has_metadata);
  EXPECT_EQ(page.files[2].metadata_sha256, "");
}

TEST(JsonPage, NeverTakesAnythingElseForAPage) {
  EXPECT_EQ(problem_of(""), "it is empty");
  EXPECT_EQ(problem_of(" \n"), "it is empty");
  EXPECT_EQ(problem_of("[]"), "it is no JSON object");
  EXPECT_EQ(problem_of("{}"), "\"meta\" is missing");
  EXPECT_THAT(problem_of("<html></html>"), HasSubstr("no valid JSON"));
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"files":[]})"), "\"name\" is missing");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"name":"acme"})"), "\"files\" is missing");
  EXPECT_EQ(problem_of(R"({"meta":{},"name":"acme","files":[]})"), "\"api-version\" is missing in \"meta\"");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":1},"name":"acme","files":[]})"),
            "\"api-version\" is no string");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"name":"../x","files":[]})"),
            "\"name\" is no project name");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"name":"acme","files":{}})"),
            "\"files\" is no array");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"name":"a","name":"b","files":[]})"),
            "\"name\" stands there twice");
  EXPECT_EQ(problem_of(R"({"meta":{"api-version":"1.0"},"name":"a","files":[],"_wheelyard":{"serial":-1}})"),
            "\"serial\" is no whole number");
  EXPECT_EQ(
      problem_of(
          R"({"meta":{"api-version":"1.0"},"name":"a","files":[],"_wheelyard":{"withdrawn":{"x":{}}}})"),
      "\"x\" has no \"state\"");
  auto error =
      error_of([] { project_from_json(R"({"meta":{"api-version":"2.0"},"name":"a","files":[]})", "page"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
}

TEST(JsonPage, NamesTheFileThatIsWrong) {
  EXPECT_EQ(problem_of(with_file("")), "files[0]: \"filename\" is missing");
  EXPECT_EQ(problem_of(with_file(plain + R"(,"size":1.5)")),
            "files[0] (acme-1.tar.gz): \"size\" is no whole number");
  EXPECT_THAT(problem_of(with_file(plain + R"(,"size":-1)")), HasSubstr("\"size\" is no whole number"));
  EXPECT_THAT(problem_of(with_file(plain + R"(,"size":"1")")), HasSubstr("\"size\" is no whole number"));
  EXPECT_THAT(problem_of(with_file(plain + R"(,"upload-time":"yesterday")")),
              HasSubstr("\"upload-time\" is no time"));
  EXPECT_THAT(problem_of(with_file(plain + R"(,"yanked":1)")), HasSubstr("\"yanked\" is no true or false"));
  EXPECT_THAT(problem_of(with_file(plain + R"(,"core-metadata":{"sha256":"ab"})")),
              HasSubstr("wrong length"));
  EXPECT_THAT(problem_of(with_file(plain + R"(,"core-metadata":{"sha256":"xy"})")),
              HasSubstr("no hexadecimal digest"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"a","url":"a")")), HasSubstr("\"hashes\" is missing"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"a","hashes":{})")), HasSubstr("\"url\" is missing"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"a/b","url":"a","hashes":{})")),
              HasSubstr("\"filename\" is no file name"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"..","url":"a","hashes":{})")),
              HasSubstr("\"filename\" is no file name"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"a\u0000b","url":"a","hashes":{})")),
              HasSubstr("is no file name"));
  EXPECT_THAT(problem_of(with_file(R"("filename":"a","url":"javascript:a","hashes":{})")),
              HasSubstr("\"url\" is no URL"));
  EXPECT_EQ(problem_of(with_file(plain + "},{" + plain)), "\"acme-1.tar.gz\" is listed twice");
}

TEST(JsonPage, BoundsWhatIsHostile) {
  std::string deep(100'000, '[');
  EXPECT_THAT(problem_of(deep), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(problem_of(with_file(plain + ",\"x\":" + deep)), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(problem_of(with_file(plain + ",\"x\":1e999")), HasSubstr("out of range"));
  EXPECT_THAT(problem_of(with_file(plain + ",\"x\":\"\xFF\"")), HasSubstr("no valid JSON"));
  auto big = project_from_json(with_file(plain + ",\"x\":123456789012345678901234567890"), "page");
  EXPECT_EQ(big.files[0].extra_json, R"({"x":123456789012345678901234567890})");
  std::string many = "\"m0\":0";
  for (int i = 1; i < 50'000; ++i) many += ",\"m" + std::to_string(i) + "\":0";
  EXPECT_EQ(project_from_json(with_file(plain + "," + many), "page").files[0].extra_json, "{" + many + "}");
  EXPECT_THAT(problem_of(with_file(plain + "," + many + ",\"m49999\":1")),
              HasSubstr("\"m49999\" stands there twice"));
}

TEST(JsonPage, EveryCutIsNoticed) {
  auto json = to_json(full_page());
  json.pop_back();  // the line feed at the end
  for (std::size_t i = 0; i < json.size(); ++i) {
    EXPECT_EQ(error_of([&] { project_from_json(json.substr(0, i), "page"); }).code(), ErrorCode::corrupted)
        << i;
  }
}

TEST(JsonPage, RoundTripsWhateverItHolds) {
  RandomText random(11);
  const std::string odd = "ab<>&\"'\\/ \t\n\x01\x7F+%\xC3\xA9";
  for (int i = 0; i < 300; ++i) {
    ProjectPage page;
    page.name = "acme";
    page.serial = random.below(1000);
    page.in_root = random.coin();
    for (auto files = random.below(6); files > 0; --files) {
      auto file = entry("acme-" + std::to_string(files) + "." + std::to_string(random.below(9)) + ".tar.gz",
                        "u" + random.of("ab/%2B.+", 9));
      if (random.coin()) file.hashes["sha256"] = random.hex(64);
      if (random.coin()) file.size = random.below(1u << 31);
      if (random.coin())
        file.upload_time = TimePoint(std::chrono::microseconds(random.below(1u << 31) * 1000003));
      if (random.coin()) file.requires_python = random.of("><=3.8, !~*\"", 20);
      file.yanked = random.coin();
      if (file.yanked) file.yanked_reason = "r" + random.of(odd.substr(0, odd.size() - 2), 9);
      file.has_metadata = random.coin();
      if (file.has_metadata && random.coin()) file.metadata_sha256 = random.hex(64);
      if (random.coin()) file.gpg_sig = random.coin();
      page.files.push_back(file);
    }
    sort_files(page);
    auto json = to_json(page);
    expect_equal(page, project_from_json(json, "page"));
    ASSERT_EQ(to_json(project_from_json(json, "page")), json);
  }
}

TEST(JsonRoot, RoundTrips) {
  RootPage root;
  root.projects = {"acme", "zeta"};
  root.serial = 3;
  root.legacy["acme"] = {"Acme/", "acme-1.0.tar.gz", "acme/"};
  root.extra_json = R"({"x":1,"meta":{"_last-serial":7}})";
  auto json = to_json(root);
  auto read = root_from_json(json, "root");
  EXPECT_EQ(read.projects, root.projects);
  EXPECT_EQ(read.serial, 3u);
  EXPECT_EQ(read.legacy, root.legacy);
  EXPECT_EQ(read.extra_json, root.extra_json);
  EXPECT_EQ(to_json(read), json);
  EXPECT_THAT(to_json(root, false), Not(HasSubstr("_wheelyard")));
}

TEST(JsonRoot, ReadsOthersAndRefusesWhatIsNone) {
  auto read = root_from_json(
      R"({"meta":{"api-version":"1.0"},"projects":[{"name":"Zeta_B","_last-serial":1},{"name":"acme"},{"name":"zeta-b"}]})",
      "root");
  EXPECT_THAT(read.projects, ElementsAre("acme", "zeta-b"));
  for (const auto* json :
       {"", "{}", R"({"meta":{"api-version":"1.0"}})", R"({"meta":{"api-version":"1.0"},"projects":{}})",
        R"({"meta":{"api-version":"1.0"},"projects":["a"]})",
        R"({"meta":{"api-version":"1.0"},"projects":[{}]})",
        R"({"meta":{"api-version":"1.0"},"projects":[{"name":"../a"}]})",
        R"({"meta":{"api-version":"1.0"},"projects":[],"_wheelyard":{"legacy":{"a":["../x"]}}})",
        R"({"meta":{"api-version":"1.0"},"projects":[],"_wheelyard":{"legacy":{"a":["/x"]}}})",
        R"({"meta":{"api-version":"1.0"},"projects":[],"_wheelyard":{"legacy":{"A":["x"]}}})"}) {
    EXPECT_EQ(error_of([&] { root_from_json(json, "root"); }).code(), ErrorCode::corrupted) << json;
  }
}

TEST(JsonText, EscapesAndReplaces) {
  std::string out;
  append_json_string(out, "a\"\\\n\t\r\x01\x7F\xC3\xA9/");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\t\\r\\u0001\\u007f\xC3\xA9/\"");
  out.clear();
  append_json_string(out, "a\xFF");
  EXPECT_EQ(out, "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace wheelyard::index
