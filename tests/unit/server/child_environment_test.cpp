#include "wheelyard/server/child_environment.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wheelyard::server {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Variables child_of(const Variables& parent) {
  const auto environment = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = parent.find(name);
    return found == parent.end() ? std::nullopt : std::optional(found->second);
  };
  std::vector<std::string> strings;
  for (const auto& [name, value] : parent) strings.push_back(name + "=" + value);
  Variables child;
  for (const std::string& entry :
       apply_changes(strings, index_environment("http://127.0.0.1:4711/token/simple/", environment))) {
    const auto equals = entry.find('=');
    EXPECT_TRUE(child.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second) << entry;
  }
  return child;
}

TEST(ChildEnvironment, EveryInstallerIsTold) {
  const auto child = child_of({{"HOME", "/home/me"}, {"PIP_INDEX_URL", "https://other.example/simple"}});
  for (const char* name : {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PDM_PYPI_URL",
                           "PIPENV_PYPI_MIRROR", "POETRY_PYPI_MIRROR_URL", "WHEELYARD_INDEX_URL"}) {
    ASSERT_TRUE(child.contains(name)) << name;
    EXPECT_EQ(child.at(name), "http://127.0.0.1:4711/token/simple/") << name;
  }
  EXPECT_EQ(child.at("HOME"), "/home/me");
  EXPECT_FALSE(child.contains("NO_PROXY"));
}

TEST(ChildEnvironment, NoFurtherIndexIsMixedIn) {
  const auto child = child_of({{"PIP_EXTRA_INDEX_URL", "https://other.example/simple"},
                               {"UV_EXTRA_INDEX_URL", "https://other.example/simple"},
                               {"UV_INDEX", "https://other.example/simple"},
                               {"UV_NO_INDEX", "1"},
                               {"PIP_NO_INDEX", "1"}});
  for (const char* name : {"UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_NO_INDEX"})
    EXPECT_FALSE(child.contains(name)) << name;
  for (const auto& [name, value] : child) EXPECT_EQ(value.find("other.example"), std::string::npos) << name;
  EXPECT_EQ(child.at("PIP_NO_INDEX"), "0");
}

TEST(ChildEnvironment, LoopbackIsExemptedFromProxies) {
  EXPECT_EQ(child_of({{"HTTP_PROXY", "http://proxy:3128"}}).at("no_proxy"), "127.0.0.1,localhost,::1");
  const auto child = child_of({{"https_proxy", "http://proxy:3128"}, {"NO_PROXY", ".corp, localhost"}});
  EXPECT_EQ(child.at("NO_PROXY"), ".corp,localhost,127.0.0.1,::1");
  EXPECT_EQ(child.at("no_proxy"), child.at("NO_PROXY"));
  EXPECT_EQ(child_of({{"HTTP_PROXY", "http://proxy:3128"}, {"NO_PROXY", "*"}}).at("NO_PROXY"), "*");
  EXPECT_FALSE(child_of({{"HTTP_PROXY", ""}}).contains("no_proxy"));
}

}  // namespace
}  // namespace wheelyard::server
