#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/ini.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/config/config_dirs.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {
namespace {

constexpr std::uint64_t kMaxFileBytes = 4u << 20;
constexpr std::string_view kFileName = "pip.conf";

/// pip's files from the least specific to the most.
std::vector<std::filesystem::path> pip_files(const auth::Environment& environment) {
  const auto named = environment("PIP_CONFIG_FILE");
  if (named == "/dev/null") return {};
  std::vector<std::filesystem::path> files;
  for (const auto& dir : system_config_dirs(environment)) {
    files.push_back(dir / "pip" / kFileName);
  }
  files.push_back(std::filesystem::path("/etc") / kFileName);

  std::error_code ignored;
  const bool replaces_the_users = named && !named->empty() && std::filesystem::exists(*named, ignored);
  if (!replaces_the_users) {
    files.push_back(auth::expand_user("~/.pip", environment) / kFileName);
    files.push_back(user_config_dir(environment) / "pip" / kFileName);
  }
  auto site = auth::non_empty(environment, "VIRTUAL_ENV");
  if (!site) site = auth::non_empty(environment, "CONDA_PREFIX");
  if (site) files.push_back(std::filesystem::path(*site) / kFileName);
  if (named && !named->empty()) files.emplace_back(*named);
  return files;
}

std::string normalized(std::string_view name) {
  auto result = to_lower(name);
  std::ranges::replace(result, '_', '-');
  return result.starts_with("--") ? result.substr(2) : result;
}

/// The key's value in one file; none where it is not there or empty.
std::optional<std::string> value_in(const std::filesystem::path& path, const std::string& section,
                                    const std::string& key) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  const auto document = IniDocument::parse(read_file(path, kMaxFileBytes), path.string());
  const auto* own = document.section(section);
  if (own == nullptr) return std::nullopt;
  std::map<std::string, std::string> values;
  for (const auto* entries : {&document.defaults.entries, &own->entries}) {
    for (const auto& entry : *entries) {
      values.insert_or_assign(normalized(entry.key), entry.value);
    }
  }
  const auto found = values.find(key);
  return found == values.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::optional<Setting> pip_setting(const std::string& section, const std::string& key,
                                   const auth::Environment& environment) {
  const auto name = normalized(key);
  std::optional<Setting> result;
  for (const auto& file : pip_files(environment)) {
    if (auto value = value_in(file, section, name)) {
      result = Setting{std::move(*value), file.string() + " [" + section + "] " + name};
    }
  }
  return result;
}

}  // namespace wheelyard::config
