#include "wheelyard/release/caller.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <pwd.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::release {

namespace {

/// A CI system by the variables that it documents.
struct CiSystem {
  std::string_view sign;                 ///< set where it runs
  std::vector<std::string_view> actors;  ///< who began the run: the first that is set
  /// The run's URL, "{NAME}" standing for a variable: the first all of whose variables are set.
  std::vector<std::string_view> runs;
};

/// The more special ones first: others set variables of those that they are compatible with.
const std::vector<CiSystem>& ci_systems() {
  static const std::vector<CiSystem> systems{
      {"GITHUB_ACTIONS",
       {"GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"},
       {"{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}/attempts/{GITHUB_RUN_ATTEMPT}",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"}},
      {"GITLAB_CI", {"GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"}, {"{CI_JOB_URL}", "{CI_PIPELINE_URL}"}},
      {"BUILDKITE",
       {"BUILDKITE_BUILD_CREATOR", "BUILDKITE_BUILD_CREATOR_EMAIL", "BUILDKITE_UNBLOCKER"},
       {"{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"}},
      {"CIRCLECI", {"CIRCLE_USERNAME"}, {"{CIRCLE_BUILD_URL}"}},
      {"TF_BUILD",
       {"BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"},
       {"{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"}},
      {"TRAVIS", {}, {"{TRAVIS_JOB_WEB_URL}", "{TRAVIS_BUILD_WEB_URL}"}},
      {"BITBUCKET_BUILD_NUMBER",
       {"BITBUCKET_STEP_TRIGGERER_UUID"},
       {"https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"}},
      {"APPVEYOR",
       {},
       {"{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}"}},
      {"TEAMCITY_VERSION", {}, {"{BUILD_URL}"}},
      {"CODEBUILD_BUILD_ID",
       {"CODEBUILD_INITIATOR"},
       {"{CODEBUILD_BUILD_URL}", "{CODEBUILD_PUBLIC_BUILD_URL}"}},
      {"DRONE", {"DRONE_BUILD_TRIGGER"}, {"{DRONE_BUILD_LINK}"}},
      {"JENKINS_URL", {"BUILD_USER_ID"}, {"{BUILD_URL}"}},
  };
  return systems;
}

/// None where one of its variables is not set.
std::optional<std::string> filled(std::string_view form, const auth::Environment& environment) {
  std::string text;
  while (!form.empty()) {
    const auto open = std::min(form.find('{'), form.size());
    text += form.substr(0, open);
    form.remove_prefix(open);
    if (form.empty()) break;
    const auto close = form.find('}');
    const auto value = auth::non_empty(environment, form.substr(1, close - 1));
    if (!value) return std::nullopt;
    text += *value;
    form.remove_prefix(close + 1);
  }
  return text;
}

/// As it may be shown and recorded; "" where it is no URL of a page.
std::string checked_run(std::string text) {
  for (auto space = text.find(' '); space != std::string::npos; space = text.find(' '))
    text.replace(space, 1, "%20");
  if (text.size() > longest_run || printable(text, text.size() + 1) != text) return {};
  try {
    auto url = Url::parse(text);
    if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return {};
    url.user_info.clear();
    return url.to_string();
  } catch (const Error&) {
    return {};
  }
}

std::string user_at_host() {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  std::string user = found != nullptr ? found->pw_name : "uid " + std::to_string(geteuid());
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) return user;
  return user + "@" + host.data();
}

void check_identity(std::string_view identity) {
  const auto refuse = [&](std::string reason) {
    throw Error(ErrorCode::invalid_argument, "act as", "'" + printable(identity, 250) + "'",
                std::move(reason), "a name, a mail address or a role is good, as alice");
  };
  if (identity.size() > longest_identity)
    refuse("it is longer than " + std::to_string(longest_identity) + " bytes");
  if (printable(identity, identity.size() + 1) != identity)
    refuse("it holds characters that cannot be shown");
}

std::string checked_named_run(std::string_view named) {
  auto run = checked_run(std::string(named));
  if (!named.empty() && run.empty()) {
    // It may hold a password, which cannot be told from the rest.
    throw Error(ErrorCode::invalid_argument, "record", "the URL of the run",
                "it is not one of http or https, or it is longer than " + std::to_string(longest_run) +
                    " bytes, or holds what cannot be shown",
                "give the address of the run's page, as https://ci.example/7, or leave it out");
  }
  return run;
}

}  // namespace

Caller find_caller(std::string_view named, const auth::Environment& environment, store::ObjectStore& store,
                   std::string_view named_run) {
  check_identity(named);
  Caller caller;
  caller.run = checked_named_run(named_run);
  caller.identity = named;
  caller.credential = store.credential_name();
  for (const auto& system : ci_systems()) {
    if (!auth::non_empty(environment, system.sign)) continue;
    for (const auto actor : system.actors) {
      if (!caller.identity.empty()) break;
      caller.identity = printable(environment(actor).value_or(""), longest_identity - 3);
    }
    for (const auto form : system.runs) {
      if (const auto run = filled(form, environment); run && caller.run.empty())
        caller.run = checked_run(*run);
    }
    break;
  }
  if (caller.identity.empty()) caller.identity = printable(user_at_host(), longest_identity - 3);
  return caller;
}

}  // namespace wheelyard::release
