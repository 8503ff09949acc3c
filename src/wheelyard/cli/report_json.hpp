#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/index/model.hpp"
#include "wheelyard/index/repository.hpp"

namespace wheelyard::cli {

/// The members of `error` in JSON output; empty ones and a status of 0 are null.
struct ErrorFields {
  std::string code;
  std::string message;
  std::string hint;
  std::string target;
  int http_status = 0;
  std::string server_code;
  std::string request_id;
  std::string refusal{};  ///< why a release's step was refused; the member is left out where it was not
};
/// `on_one_line`: as an event among events.
std::string errors_json(const std::vector<ErrorFields>& errors, bool on_one_line = false);

/// The JSON documents of --json: one function a verb. `repository` is the URL that is worked on.
std::string publish_json(const index::PublishReport& report, std::string_view repository, bool dry_run,
                         std::string_view install_command);
std::string projects_json(const std::vector<std::string>& projects, std::string_view repository);
std::string files_json(const std::vector<index::ProjectPage>& pages, std::string_view repository);
std::string yank_json(const index::SelectReport& report, std::string_view repository, bool yanked,
                      std::string_view reason, bool dry_run);
std::string remove_json(const index::SelectReport& report, std::string_view repository, bool dry_run);
std::string verify_json(const index::VerifyReport& report, std::string_view repository);
std::string promote_json(const index::PromoteReport& report, std::string_view from, std::string_view to,
                         bool dry_run, std::string_view install_command);
std::string serve_json(std::string_view url, std::string_view repository, std::string_view upstream);
std::string upload_json(const std::vector<std::string>& urls);
/// A document of one or two texts: {"name": …, "version": …}.
std::string text_json(const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace wheelyard::cli
