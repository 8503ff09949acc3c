#include "wheelyard/release/caller.hpp"

#include <map>

#include "support/environment_map.hpp"
#include "support/forwarding_store.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::release {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Caller caller_of(std::map<std::string, std::string> variables, std::string_view named = "") {
  const auto store = store::make_memory_store();
  return find_caller(named, test_support::environment_of(std::move(variables)), *store);
}

struct CiCase {
  std::map<std::string, std::string> variables;
  std::string identity;  ///< "": none is told
  std::string run;
};

class CiCaller : public ::testing::TestWithParam<CiCase> {};

TEST_P(CiCaller, IsWhomTheSystemNames) {
  const auto caller = caller_of(GetParam().variables);
  EXPECT_EQ(caller.run, GetParam().run);
  EXPECT_EQ(caller.credential, "");
  if (GetParam().identity.empty()) {
    EXPECT_THAT(caller.identity, HasSubstr("@"));
  } else {
    EXPECT_EQ(caller.identity, GetParam().identity);
  }
  EXPECT_EQ(caller_of(GetParam().variables, "bob").identity, "bob");
  EXPECT_EQ(caller_of(GetParam().variables, "bob").run, GetParam().run) << "a name does not hide the run";
}

INSTANTIATE_TEST_SUITE_P(
    Systems, CiCaller,
    ::testing::Values(
        CiCase{{{"GITHUB_ACTIONS", "true"},
                {"GITHUB_ACTOR", "octocat"},
                {"GITHUB_SERVER_URL", "https://github.example"},
                {"GITHUB_REPOSITORY", "acme/app"},
                {"GITHUB_RUN_ID", "7"}},
               "octocat",
               "https://github.example/acme/app/actions/runs/7"},
        CiCase{{{"GITHUB_ACTIONS", "true"},
                {"GITHUB_ACTOR", "octocat"},
                {"GITHUB_TRIGGERING_ACTOR", "hubot"},
                {"GITHUB_SERVER_URL", "https://github.example"},
                {"GITHUB_REPOSITORY", "acme/app"},
                {"GITHUB_RUN_ID", "7"},
                {"GITHUB_RUN_ATTEMPT", "2"}},
               "hubot",
               "https://github.example/acme/app/actions/runs/7/attempts/2"},
        CiCase{{{"GITLAB_CI", "true"},
                {"GITLAB_USER_LOGIN", "alice"},
                {"CI_JOB_URL", "https://gitlab.example/acme/app/-/jobs/9"}},
               "alice",
               "https://gitlab.example/acme/app/-/jobs/9"},
        CiCase{{{"JENKINS_URL", "https://ci.example/"}, {"BUILD_URL", "https://ci.example/job/app/3/"}},
               "",
               "https://ci.example/job/app/3/"},
        CiCase{{{"JENKINS_URL", "https://ci.example/"},
                {"BUILD_USER_ID", "alice"},
                {"BUILD_URL", "https://ci.example/job/app/3/"}},
               "alice",
               "https://ci.example/job/app/3/"},
        CiCase{{{"BUILDKITE", "true"},
                {"BUILDKITE_BUILD_CREATOR", "Alice A."},
                {"BUILDKITE_BUILD_URL", "https://buildkite.example/acme/app/builds/4"},
                {"BUILDKITE_JOB_ID", "0190"}},
               "Alice A.",
               "https://buildkite.example/acme/app/builds/4#0190"},
        CiCase{
            {{"CIRCLECI", "true"}, {"CIRCLE_USERNAME", "alice"}, {"CIRCLE_BUILD_URL", "https://c.example/5"}},
            "alice",
            "https://c.example/5"},
        CiCase{{{"TF_BUILD", "True"},
                {"BUILD_REQUESTEDFOR", "Alice A."},
                {"SYSTEM_COLLECTIONURI", "https://dev.example/acme/"},
                {"SYSTEM_TEAMPROJECT", "The App"},
                {"BUILD_BUILDID", "6"}},
               "Alice A.",
               "https://dev.example/acme/The%20App/_build/results?buildId=6"},
        CiCase{{{"TRAVIS", "true"}, {"TRAVIS_JOB_WEB_URL", "https://travis.example/acme/jobs/8"}},
               "",
               "https://travis.example/acme/jobs/8"},
        CiCase{{{"BITBUCKET_BUILD_NUMBER", "11"},
                {"BITBUCKET_STEP_TRIGGERER_UUID", "{0190-a}"},
                {"BITBUCKET_REPO_FULL_NAME", "acme/app"}},
               "{0190-a}",
               "https://bitbucket.org/acme/app/pipelines/results/11"},
        CiCase{{{"APPVEYOR", "True"},
                {"APPVEYOR_URL", "https://appveyor.example"},
                {"APPVEYOR_ACCOUNT_NAME", "acme"},
                {"APPVEYOR_PROJECT_SLUG", "app"},
                {"APPVEYOR_BUILD_ID", "12"}},
               "",
               "https://appveyor.example/project/acme/app/builds/12"},
        CiCase{{{"TEAMCITY_VERSION", "2025.1"}, {"BUILD_URL", "https://tc.example/build/13"}},
               "",
               "https://tc.example/build/13"},
        CiCase{{{"CODEBUILD_BUILD_ID", "app:1"}, {"CODEBUILD_INITIATOR", "alice"}}, "alice", ""},
        CiCase{{{"DRONE", "true"},
                {"DRONE_BUILD_TRIGGER", "alice"},
                {"DRONE_BUILD_LINK", "https://d.example/1"}},
               "alice",
               "https://d.example/1"}));

TEST(Caller, IsTheUserOfThisMachineElsewhere) {
  const auto caller = caller_of({{"BUILD_URL", "https://ci.example/"}});
  EXPECT_THAT(caller.identity, HasSubstr("@"));
  EXPECT_EQ(caller.run, "");
}

class NamedStore : public test_support::ForwardingStore {
 public:
  NamedStore() : ForwardingStore(store::make_memory_store()) {}
  std::string credential_name() override { return "KEY"; }
};

TEST(Caller, IsWhomTheStoreKnows) {
  NamedStore store;
  EXPECT_EQ(find_caller("alice", test_support::environment_of({}), store).credential, "KEY");
}

TEST(Caller, IsAsNamedOrNot) {
  EXPECT_EQ(caller_of({}, "alice").identity, "alice");
  EXPECT_THROW(caller_of({}, "ali\nce"), Error);
  EXPECT_THROW(caller_of({}, std::string(longest_identity + 1, 'a')), Error);
}

TEST(Caller, ARunThatIsNamedIsCheckedAsThatOfCi) {
  const auto store = store::make_memory_store();
  const auto run_of = [&](std::string_view named) {
    const auto ci =
        test_support::environment_of({{"CIRCLECI", "1"}, {"CIRCLE_BUILD_URL", "https://ci.example/5"}});
    return find_caller("alice", ci, *store, named).run;
  };
  EXPECT_EQ(run_of(""), "https://ci.example/5");
  EXPECT_EQ(run_of("https://ci.example/7?a=b"), "https://ci.example/7?a=b") << "goes before CI's";
  EXPECT_EQ(run_of("https://user:token@ci.example/7"), "https://ci.example/7");
  for (const std::string& wrong :
       {std::string("7"), std::string("https://"), std::string("javascript:alert(1)"),
        std::string("https://user:token@ci.example/\x1b[31m"),
        "https://user:token@ci.example/" + std::string(longest_run, 'a')}) {
    try {
      run_of(wrong);
      FAIL() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_THAT(error.what(), Not(HasSubstr("token")));
    }
  }
}

TEST(Caller, TakesWhatCiSaysForText) {
  const auto long_name = caller_of({{"CIRCLECI", "1"}, {"CIRCLE_USERNAME", std::string(5000, 'a')}});
  EXPECT_LE(long_name.identity.size(), longest_identity);
  EXPECT_THAT(caller_of({{"CIRCLECI", "1"}, {"CIRCLE_USERNAME", "a\x1b[31m"}}).identity, HasSubstr("\\x1B"));
  const auto run_of = [](const std::string& url) {
    return caller_of({{"CIRCLECI", "1"}, {"CIRCLE_BUILD_URL", url}}).run;
  };
  EXPECT_EQ(run_of("javascript:alert(1)"), "");
  EXPECT_EQ(run_of("https://"), "");
  EXPECT_EQ(run_of("https://ci.example/\x1b[31m"), "");
  EXPECT_EQ(run_of("https://ci.example/" + std::string(5000, 'a')), "");
  EXPECT_EQ(run_of("https://user:token@ci.example/1"), "https://ci.example/1");
}

}  // namespace
}  // namespace wheelyard::release
