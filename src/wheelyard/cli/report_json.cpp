#include "wheelyard/cli/report_json.hpp"

#include "wheelyard/base/clock.hpp"
#include "wheelyard/cli/detail/json.hpp"
#include "wheelyard/cli/file_version.hpp"

namespace wheelyard::cli {
namespace {

using detail::error_members;
using detail::Json;
using detail::text_or_null;

std::string dump(const Json& document) {
  return detail::document_text(document);
}

Json selected_files(const index::SelectReport& report) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"project", file.project}, {"filename", file.filename}, {"changed", file.changed}});
  }
  return files;
}

Json file_members(const index::FileEntry& file, const std::string& project) {
  return {{"filename", file.filename},
          {"version", text_or_null(file_version(file.filename, project))},
          {"size", file.size ? Json(*file.size) : Json(nullptr)},
          {"upload_time", file.upload_time ? Json(to_rfc3339(*file.upload_time)) : Json(nullptr)},
          {"requires_python", text_or_null(file.requires_python)},
          {"yanked", file.yanked},
          {"yanked_reason", text_or_null(file.yanked_reason)},
          {"hashes", file.hashes},
          {"metadata", file.has_metadata},
          {"url", file.url}};
}

}  // namespace

std::string errors_json(const std::vector<ErrorFields>& errors, bool on_one_line) {
  Json document{{"error", error_members(errors.front())}};
  if (errors.size() > 1) {
    document["errors"] = Json::array();
    for (const auto& error : errors) document["errors"].push_back(error_members(error));
  }
  return on_one_line ? detail::line_text(document) : dump(document);
}

std::string publish_json(const index::PublishReport& report, std::string_view repository, bool dry_run,
                         std::string_view install_command) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"outcome", to_string(file.outcome)},
                     {"project", file.project},
                     {"version", file.version},
                     {"filename", file.filename},
                     {"location", file.key},
                     {"size", file.size},
                     {"sha256", file.sha256}});
  }
  return dump({{"repository", repository},
               {"dry_run", dry_run},
               {"files", files},
               {"projects", report.projects},
               {"taken_in", report.taken_in},
               {"install", install_command}});
}

std::string projects_json(const std::vector<std::string>& projects, std::string_view repository) {
  Json list = Json::array();
  for (const auto& project : projects) list.push_back({{"name", project}});
  return dump({{"repository", repository}, {"projects", list}});
}

std::string files_json(const std::vector<index::ProjectPage>& pages, std::string_view repository) {
  Json projects = Json::array();
  for (const auto& page : pages) {
    Json files = Json::array();
    for (const auto& file : page.files) files.push_back(file_members(file, page.name));
    projects.push_back({{"name", page.name},
                        {"status", page.status.empty() ? "active" : page.status},
                        {"versions", page.versions()},
                        {"files", files}});
  }
  return dump({{"repository", repository}, {"projects", projects}});
}

std::string yank_json(const index::SelectReport& report, std::string_view repository, bool yanked,
                      std::string_view reason, bool dry_run) {
  return dump({{"repository", repository},
               {"yanked", yanked},
               {"reason", text_or_null(reason)},
               {"dry_run", dry_run},
               {"files", selected_files(report)}});
}

std::string remove_json(const index::SelectReport& report, std::string_view repository, bool dry_run) {
  return dump({{"repository", repository}, {"dry_run", dry_run}, {"files", selected_files(report)}});
}

std::string verify_json(const index::VerifyReport& report, std::string_view repository) {
  Json problems = Json::array();
  for (const auto& problem : report.problems) {
    problems.push_back({{"kind", problem.kind},
                        {"project", text_or_null(problem.project)},
                        {"item", problem.item},
                        {"detail", problem.detail},
                        {"state", to_string(problem.state)},
                        {"action", text_or_null(problem.action)}});
  }
  return dump({{"repository", repository},
               {"clean", report.clean()},
               {"projects", report.projects},
               {"files", report.files},
               {"bytes_read", report.bytes_read},
               {"problems", problems}});
}

std::string promote_json(const index::PromoteReport& report, std::string_view from, std::string_view to,
                         bool dry_run, std::string_view install_command) {
  Json files = Json::array();
  for (const auto& file : report.files) {
    files.push_back({{"outcome", to_string(file.outcome)},
                     {"project", file.project},
                     {"version", file.version},
                     {"filename", file.filename},
                     {"size", file.size},
                     {"sha256", file.sha256},
                     {"yanked", file.yanked},
                     {"needed_by", text_or_null(file.needed_by)},
                     {"way", text_or_null(file.way)}});
  }
  Json left = Json::array();
  for (const auto& one : report.left) {
    left.push_back(
        {{"requirement", one.requirement}, {"needed_by", one.needed_by}, {"held", text_or_null(one.held)}});
  }
  return dump({{"from", from},
               {"to", to},
               {"dry_run", dry_run},
               {"files", files},
               {"projects", report.projects},
               {"left", left},
               {"warnings", report.warnings},
               {"install", install_command}});
}

std::string serve_json(std::string_view url, std::string_view repository, std::string_view upstream) {
  return dump({{"url", url}, {"repository", repository}, {"upstream", text_or_null(upstream)}});
}

std::string upload_json(const std::vector<std::string>& urls) {
  return dump({{"uploaded", urls}});
}

std::string text_json(const std::vector<std::pair<std::string, std::string>>& members) {
  Json document = Json::object();
  for (const auto& [name, text] : members) document[name] = text;
  return dump(document);
}

}  // namespace wheelyard::cli
