#include "wheelyard/cli/report_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wheelyard::cli {
namespace {

using nlohmann::json;

TEST(ReportJson, OfAPublish) {
  index::PublishReport report;
  report.files.push_back({index::PublishedFile::Outcome::unchanged, "acme", "acme-1.0.tar.gz", "1.0",
                          "s3://b/acme/acme-1.0.tar.gz", "ab", 7});
  report.projects = {"acme"};
  report.taken_in = 3;
  const auto document = json::parse(publish_json(report, "s3://b", true, "wheelyard exec …"));
  EXPECT_EQ(document,
            json::parse(R"({"repository": "s3://b", "dry_run": true, "projects": ["acme"], "taken_in": 3,
    "install": "wheelyard exec …",
    "files": [{"outcome": "unchanged", "project": "acme", "version": "1.0", "filename": "acme-1.0.tar.gz",
               "location": "s3://b/acme/acme-1.0.tar.gz", "size": 7, "sha256": "ab"}]})"));
}

TEST(ReportJson, OfFilesNamesWhatIsUnknown) {
  index::ProjectPage page;
  page.name = "acme";
  index::FileEntry file;
  file.filename = "acme-1.0-py3-none-any.whl";
  file.url = "acme-1.0-py3-none-any.whl";
  file.yanked = true;
  page.files.push_back(file);
  const auto document = json::parse(files_json({page}, "s3://b"));
  const auto& listed = document.at("projects")[0].at("files")[0];
  EXPECT_EQ(listed.at("version"), "1.0");
  EXPECT_TRUE(listed.at("size").is_null());
  EXPECT_TRUE(listed.at("upload_time").is_null());
  EXPECT_TRUE(listed.at("yanked_reason").is_null());
  EXPECT_EQ(listed.at("yanked"), true);
  EXPECT_EQ(document.at("projects")[0].at("status"), "active");
}

TEST(ReportJson, OfAVerification) {
  index::VerifyReport report;
  report.projects = 1;
  report.files = 2;
  report.problems.push_back({"missing", "acme", "acme-1.0.tar.gz", "it is not there",
                             index::Problem::State::repaired, "taken out"});
  report.problems.push_back(
      {"html_older", "acme", "index.html", "older", index::Problem::State::cannot_repair, ""});
  const auto document = json::parse(verify_json(report, "s3://b"));
  EXPECT_EQ(document.at("clean"), false);
  EXPECT_EQ(document.at("problems")[0].at("state"), "repaired");
  EXPECT_EQ(document.at("problems")[1].at("state"), "cannot_repair");
  EXPECT_TRUE(document.at("problems")[1].at("action").is_null());
}

TEST(ReportJson, OfSelections) {
  index::SelectReport report;
  report.files.push_back({"acme", "acme-1.0.tar.gz", true});
  const auto yanked = json::parse(yank_json(report, "s3://b", true, "", false));
  EXPECT_EQ(yanked.at("files")[0].at("changed"), true);
  EXPECT_TRUE(yanked.at("reason").is_null());
  EXPECT_EQ(json::parse(remove_json(report, "s3://b", true)).at("dry_run"), true);
}

}  // namespace
}  // namespace wheelyard::cli
