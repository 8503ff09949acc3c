#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/release/page.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::cli {

/// The JSON documents of the release verbs: all that the reports hold. `store` is the URL that is worked on.
std::string step_json(const release::StepReport& report, std::string_view store);
std::string status_json(const release::PipelineStatus& status, const release::PipelineRules& rules,
                        std::string_view store);
/// Of one release that was named: its members stand beside "store".
std::string status_json(const release::NameStatus& status, const release::PipelineRules& rules,
                        std::string_view store);
std::string history_json(const std::string& name, const std::vector<release::Entry>& entries,
                         std::string_view store);
std::string download_json(const release::DownloadReport& report, std::string_view store);
std::string diff_json(const release::DiffReport& report, std::string_view store);
std::string prune_json(const release::PruneReport& report, bool dry_run, std::string_view store);
std::string release_verify_json(const release::VerifyReport& report, std::string_view store);
std::string page_json(const release::PageReport& report, std::string_view store);

}  // namespace wheelyard::cli
