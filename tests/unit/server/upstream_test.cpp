#include <string>
#include <string_view>

#include "raw_client.hpp"
#include "served_repository.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::test {
namespace {

server::ServerOptions with_upstream(const std::string& upstream) {
  server::ServerOptions options;
  options.upstream = upstream;
  return options;
}

TEST(Upstream, OnlyNamesThatTheRepositoryDoesNotHold) {
  ServedRepository repository(with_upstream("https://upstream.example/simple/"));
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "x"}});
  repository.add_project("emptied", {});
  EXPECT_EQ(get(repository.port(), "/simple/acme/").status, 200);
  EXPECT_EQ(get(repository.port(), "/simple/emptied/").status, 200);

  const auto other = get(repository.port(), "/simple/requests/?format=text/html");
  EXPECT_EQ(other.status, 302);
  EXPECT_EQ(other.header("location"), "https://upstream.example/simple/requests/");
  EXPECT_EQ(other.header("cache-control"), "no-cache");
  // Its form is mended here first, so that the upstream is asked for the name that was looked up.
  EXPECT_EQ(get(repository.port(), "/simple/Requests/").header("location"), "/simple/requests/");
  EXPECT_EQ(get(repository.port(), "/files/requests/requests-1.0-py3-none-any.whl").status, 404);
}

TEST(Upstream, None) {
  ServedRepository repository;
  const auto answer = get(repository.port(), "/simple/requests/");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("location"), "");
}

TEST(Upstream, ItsCredentialsStayOutOfTheLog) {
  ServedRepository repository(with_upstream("https://user:hunter2@upstream.example/simple"));
  get(repository.port(), "/simple/requests/");
  for (const auto& entry : repository.log_of(1)) {
    EXPECT_EQ((entry.path + entry.note).find("hunter2"), std::string::npos);
  }
}

struct Fault {
  ErrorCode code;
  int status;
};

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, NeverFallThrough) {
  const Fault fault = GetParam();
  ServedRepository repository(with_upstream("https://upstream.example/simple/"));
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "x"}});
  EXPECT_EQ(get(repository.port(), "/simple/acme/").status, 200);
  for (const std::string broken : {"get", "head", "list"}) {
    repository.before = [&](std::string_view operation, std::string_view key) {
      if (operation == broken) throw Error(fault.code, "read", std::string(key), "on purpose", "try again");
    };
    for (const char* path : {"/simple/acme/", "/simple/requests/", "/simple/private-thing/"}) {
      const auto answer = get(repository.port(), path, "Accept: text/html\r\n");
      const bool kept = broken != "head" && path == std::string("/simple/acme/");
      // The page that is kept is looked at by `head` alone; a name that is not there takes a `get` and a
      // `list`.
      if (kept) {
        EXPECT_EQ(answer.status, 200) << broken << path;
      } else if (broken != "head" || path == std::string("/simple/acme/")) {
        EXPECT_EQ(answer.status, fault.status) << broken << path;
        EXPECT_EQ(answer.header("location"), "") << broken << path;
        EXPECT_NE(answer.body.find("on purpose"), std::string::npos);
        EXPECT_NE(answer.body.find("try again"), std::string::npos);
      }
    }
  }
  repository.before = {};
  EXPECT_EQ(get(repository.port(), "/simple/requests/").status, 302);
}

INSTANTIATE_TEST_SUITE_P(Codes, Faults,
                         testing::Values(Fault{ErrorCode::permission_denied, 502},
                                         Fault{ErrorCode::unauthenticated, 502},
                                         Fault{ErrorCode::unavailable, 503}, Fault{ErrorCode::corrupted, 500},
                                         Fault{ErrorCode::unsupported, 500}));

TEST(Upstream, APageThatCannotBeParsedIsAnError) {
  ServedRepository repository(with_upstream("https://upstream.example/simple/"));
  repository.put("acme/index.json", "{\"files\": [");
  const auto answer = get(repository.port(), "/simple/acme/");
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(repository.log_of(1)[0].note, "");
}

TEST(Upstream, ErrorsAreJsonWhereThatIsAskedFor) {
  ServedRepository repository;
  repository.before = [](std::string_view, std::string_view) {
    throw Error(ErrorCode::unavailable, "read", "s3://bucket/x", "no \"answer\"");
  };
  const auto answer =
      get(repository.port(), "/simple/acme/", "Accept: application/vnd.pypi.simple.v1+json\r\n");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_NE(answer.body.find("\"status\":503"), std::string::npos);
  EXPECT_NE(answer.body.find("no \\\"answer\\\""), std::string::npos);
}

TEST(Health, TellsWhetherTheRepositoryCanBeRead) {
  ServedRepository repository;
  EXPECT_EQ(get(repository.port(), "/healthz").status, 200);
  EXPECT_EQ(repository.count("head") + repository.count("get") + repository.count("list"), 1);
  repository.before = [](std::string_view, std::string_view) {
    throw Error(ErrorCode::permission_denied, "read", "s3://bucket/index.json", "AccessDenied");
  };
  const auto answer = get(repository.port(), "/healthz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("AccessDenied"), std::string::npos);
}

}  // namespace
}  // namespace wheelyard::test
