#include "wheelyard/server/route.hpp"

#include <string>

#include <gtest/gtest.h>

namespace wheelyard::server {
namespace {

using Kind = Route::Kind;
using namespace std::string_literals;

TEST(Route, Paths) {
  EXPECT_EQ(parse_route("/", "").kind, Kind::home);
  EXPECT_EQ(parse_route("/healthz", "").kind, Kind::health);
  EXPECT_EQ(parse_route("/simple/", "").kind, Kind::root);

  const Route project = parse_route("/simple/acme-lib/", "");
  EXPECT_EQ(project.kind, Kind::project);
  EXPECT_EQ(project.project, "acme-lib");

  const Route file = parse_route("/files/acme/acme-1.0%2Blocal-py3-none-any.whl", "");
  EXPECT_EQ(file.kind, Kind::file);
  EXPECT_EQ(file.project, "acme");
  EXPECT_EQ(file.filename, "acme-1.0+local-py3-none-any.whl");
}

TEST(Route, MovesToTheNormalisedForm) {
  for (const char* path : {"/simple/Acme.Lib", "/simple/Acme.Lib/", "/simple/acme__lib/", "/simple/acme-lib",
                           "/simple/ACME%2DLIB/"}) {
    const Route route = parse_route(path, "");
    EXPECT_EQ(route.kind, Kind::moved) << path;
    EXPECT_EQ(route.location, "/simple/acme-lib/") << path;
  }
  EXPECT_EQ(parse_route("/simple", "").location, "/simple/");
  EXPECT_EQ(parse_route("/secret/simple/Acme", "secret").location, "/secret/simple/acme/");
}

TEST(Route, LeadsNowhere) {
  for (const char* path : {"/simple/../etc/",
                           "/simple/%2e%2e/",
                           "/simple/./",
                           "/simple//",
                           "//",
                           "//simple/",
                           "/simple/a%2fb/",
                           "/simple/a%5cb/",
                           "/simple/-acme/",
                           "/simple/acme-/",
                           "/simple/ac me/",
                           "/simple/%C3%A4/",
                           "/simple/a%00b/",
                           "/simple/acme/index.json",
                           "/simple/acme/x/y",
                           "/files/acme/",
                           "/files/acme",
                           "/files/",
                           "/files/acme/a/b",
                           "/files/acme/..",
                           "/files/acme/%2e%2e",
                           "/files/acme/..%2f..%2fetc%2fpasswd",
                           "/files/../acme/x",
                           "/files/.wheelyard/new",
                           "/files/Acme/x.whl",
                           "/files/acme/x%0d%0aSet-Cookie:1",
                           "/healthz/",
                           "/index.json",
                           "/acme/index.json",
                           "/.wheelyard/new/acme/x",
                           "/favicon.ico"}) {
    EXPECT_EQ(parse_route(path, "").kind, Kind::unknown) << path;
  }
  const std::string longest(255, 'a');
  EXPECT_EQ(parse_route("/simple/" + longest + "/", "").kind, Kind::project);
  EXPECT_EQ(parse_route("/simple/" + longest + "a/", "").kind, Kind::unknown);
  EXPECT_EQ(parse_route("/files/acme/" + longest + "a", "").kind, Kind::unknown);
}

TEST(Route, Malformed) {
  for (const std::string& path :
       {""s, "*"s, "simple/"s, "http://127.0.0.1/simple/"s, "/simple/\x01"s, "/simple/a\0b/"s, "/a\x7f"s,
        "/simple/%"s, "/simple/%zz/"s, "/simple/%4/"s, "/" + std::string(9000, 'a')}) {
    EXPECT_EQ(parse_route(path, "").kind, Kind::malformed) << path.substr(0, 40);
  }
}

TEST(Route, NothingIsFoundWithoutTheToken) {
  const std::string token = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(parse_route("/" + token + "/simple/", token).kind, Kind::root);
  EXPECT_EQ(parse_route("/" + token, token).kind, Kind::home);
  EXPECT_EQ(parse_route("/" + token + "/", token).kind, Kind::home);
  EXPECT_EQ(parse_route("/" + token + "/files/acme/a.whl", token).filename, "a.whl");
  for (const std::string& path :
       {"/"s, "/simple/"s, "/healthz"s, "//simple/"s, "/" + token.substr(1) + "/simple/",
        "/" + token + "x/simple/", "/x" + token + "/simple/", "/" + token + "simple/"}) {
    EXPECT_EQ(parse_route(path, token).kind, Kind::unknown) << path;
  }
}

TEST(Route, TheLogDoesNotSeeTheToken) {
  const std::string token = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(parse_route("/" + token + "/simple/acme/", token).logged, "/simple/acme/");
  for (const std::string& path :
       {"/" + token + "x/", "/x" + token + "/simple/", "x/" + token, "/" + token + "\x01"}) {
    EXPECT_EQ(parse_route(path, token).logged.find(token), std::string::npos) << path;
  }
}

TEST(Route, FileReferenceIsReadBack) {
  const std::string name = "acme-1!2.0+l%.1 ä-py3.whl";
  const std::string reference = file_reference("acme", name);
  EXPECT_TRUE(reference.starts_with("../../files/acme/acme-1%212.0%2Bl%25.1%20"));
  EXPECT_EQ(parse_route(reference.substr(5), "").filename, name);
}

}  // namespace
}  // namespace wheelyard::server
