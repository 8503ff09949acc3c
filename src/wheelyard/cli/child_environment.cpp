#include "wheelyard/cli/child_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "wheelyard/config/settings.hpp"

namespace wheelyard::cli {
namespace {

struct IndexVariable {
  std::string_view name;
  std::string_view reader;
};

constexpr std::array index_variables{
    IndexVariable{"PIP_INDEX_URL", "pip, pipx, tox, hatch"},
    IndexVariable{"UV_DEFAULT_INDEX", "uv"},
    IndexVariable{"UV_INDEX_URL", "uv before 0.4.23, hatch"},
    IndexVariable{"PDM_PYPI_URL", "pdm"},
    IndexVariable{"POETRY_PYPI_MIRROR_URL", "poetry with poetry-plugin-pypi-mirror"},
    IndexVariable{"PIPENV_PYPI_MIRROR", "pipenv"},
};

/// pip cannot be told to forget an extra index of its files: an empty variable is passed over. The same index twice
/// is the same as once.
bool pip_files_name_an_extra_index(const auth::Environment& environment) {
  return std::ranges::any_of(std::array{"global", "install", "download", "wheel"}, [&](const char* section) {
    return config::pip_setting(section, "extra-index-url", environment).has_value();
  });
}

/// Requests to the loopback address must not go through a proxy.
void bypass_proxy(ChildEnvironment& child, const auth::Environment& environment) {
  for (const std::string name : {"NO_PROXY", "no_proxy"}) {
    const auto before = environment(name);
    child.set[name] = (before && !before->empty() ? *before + "," : "") + "127.0.0.1,localhost";
  }
}

}  // namespace

ChildEnvironment installer_environment(const std::string& index_url, const auth::Environment& environment) {
  ChildEnvironment child;
  for (const auto& variable : index_variables) child.set[std::string(variable.name)] = index_url;
  child.unset = {"PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX"};
  if (pip_files_name_an_extra_index(environment)) {
    child.set["PIP_EXTRA_INDEX_URL"] = index_url;
    std::erase(child.unset, "PIP_EXTRA_INDEX_URL");
  }
  child.set["PDM_IGNORE_STORED_INDEX"] = "true";
  bypass_proxy(child, environment);
  return child;
}

std::string installer_environment_help() {
  std::string help;
  for (const auto& variable : index_variables) {
    help += (help.empty() ? "" : ", ") + std::string(variable.name) + " (" + std::string(variable.reader) + ")";
  }
  return help;
}

}  // namespace wheelyard::cli
