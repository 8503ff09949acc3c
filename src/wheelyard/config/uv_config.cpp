#include "wheelyard/config/uv_config.hpp"

#include <filesystem>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/config/config_dirs.hpp"

namespace wheelyard::config {
namespace {

constexpr std::uint64_t kMaxFileBytes = 4u << 20;

struct UvFile {
  std::filesystem::path path;
  toml::table content;
};

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

UvFile read_uv_file(std::filesystem::path path) {
  const auto text = read_file(path, kMaxFileBytes);
  try {
    auto content = toml::parse(text);
    return {std::move(path), std::move(content)};
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::invalid_argument, "read", path.string(),
                "line " + std::to_string(error.source().begin.line) + " is not valid TOML",
                "correct that line");
  }
}

/// The user's file, then the system's: of the latter the first that is there.
std::vector<UvFile> uv_files(const auth::Environment& environment) {
  if (const auto named = auth::non_empty(environment, "UV_CONFIG_FILE")) {
    std::vector<UvFile> files;
    files.push_back(read_uv_file(*named));
    return files;
  }
  const auto none = to_lower(environment("UV_NO_CONFIG").value_or(""));
  if (none == "1" || none == "true" || none == "t" || none == "yes" || none == "y" || none == "on") return {};
  std::vector<UvFile> files;
  if (auto user = user_config_dir(environment) / "uv/uv.toml"; is_file(user)) {
    files.push_back(read_uv_file(std::move(user)));
  }
  auto system = system_config_dirs(environment);
  system.emplace_back("/etc");
  for (const auto& dir : system) {
    if (auto path = dir / "uv/uv.toml"; is_file(path)) {
      files.push_back(read_uv_file(std::move(path)));
      break;
    }
  }
  return files;
}

std::optional<std::string> default_of_indexes(const toml::table& content) {
  const auto* indexes = content["index"].as_array();
  if (indexes == nullptr) return std::nullopt;
  for (const auto& item : *indexes) {
    const auto* index = item.as_table();
    if (index != nullptr && (*index)["default"].value_or(false)) {
      if (auto url = (*index)["url"].value<std::string>()) return url;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Setting> uv_default_index(const auth::Environment& environment) {
  const auto files = uv_files(environment);
  for (const auto& file : files) {
    if (auto url = default_of_indexes(file.content)) {
      return Setting{std::move(*url), file.path.string() + " [[index]] default"};
    }
  }
  for (const auto& file : files) {
    if (auto url = file.content["pip"]["index-url"].value<std::string>()) {
      return Setting{std::move(*url), file.path.string() + " [pip] index-url"};
    }
  }
  for (const auto& file : files) {
    if (auto url = file.content["index-url"].value<std::string>()) {
      return Setting{std::move(*url), file.path.string() + " index-url"};
    }
  }
  return std::nullopt;
}

}  // namespace wheelyard::config
