#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gunzip.hpp"
#include "raw_client.hpp"
#include "served_repository.hpp"
#include <gtest/gtest.h>

#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"

namespace wheelyard::test {
namespace {

constexpr const char* accept_json = "Accept: application/vnd.pypi.simple.v1+json\r\n";

TEST(Pages, InEveryFormat) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}}, [](index::ProjectPage& page) {
    page.files[0].yanked = true;
    page.files[0].yanked_reason = "broken";
    page.files[0].requires_python = ">=3.9";
  });

  const auto json = get(repository.port(), "/simple/acme/", accept_json);
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.header("content-type"), "application/vnd.pypi.simple.v1+json");
  EXPECT_EQ(json.header("cache-control"), "no-cache");
  EXPECT_EQ(json.header("vary"), "Accept, Accept-Encoding");
  EXPECT_EQ(json.header("content-encoding"), "");
  const auto page = index::project_from_json(json.body, "the answer");
  ASSERT_EQ(page.files.size(), 1u);
  EXPECT_EQ(page.files[0].url, "../../files/acme/acme-1.0-py3-none-any.whl");
  EXPECT_EQ(page.files[0].requires_python, ">=3.9");
  EXPECT_TRUE(page.files[0].yanked);
  EXPECT_EQ(json.body.find("_wheelyard"), std::string::npos);

  const auto html = get(repository.port(), "/simple/acme/");
  EXPECT_EQ(html.status, 200);
  EXPECT_EQ(html.header("content-type"), "text/html; charset=utf-8");
  const auto from_html = index::project_from_html(html.body, "acme", "the answer");
  ASSERT_EQ(from_html.files.size(), 1u);
  EXPECT_EQ(from_html.files[0].hashes, page.files[0].hashes);

  const auto v1_html =
      get(repository.port(), "/simple/acme/", "Accept: application/vnd.pypi.simple.v1+html\r\n");
  EXPECT_EQ(v1_html.header("content-type"), "application/vnd.pypi.simple.v1+html");
  EXPECT_EQ(v1_html.body, html.body);
  EXPECT_NE(v1_html.header("etag"), html.header("etag"));

  EXPECT_EQ(get(repository.port(), "/simple/acme/", "Accept: image/png\r\n").status, 406);
  const std::string wanted = "/simple/acme/?format=application/vnd.pypi.simple.v1%2Bjson";
  EXPECT_EQ(get(repository.port(), wanted, "Accept: text/html\r\n").body, json.body);
  EXPECT_EQ(get(repository.port(), "/simple/acme/?format=application/vnd.pypi.simple.latest+json").body,
            json.body);
  EXPECT_EQ(get(repository.port(), "/simple/acme/?format=text/plain").status, 406);
}

TEST(Pages, Root) {
  ServedRepository repository;
  index::RootPage root;
  root.projects = {"acme", "zeta"};
  repository.put("index.json", index::to_json(root));
  const auto json = get(repository.port(), "/simple/", accept_json);
  EXPECT_EQ(index::root_from_json(json.body, "the answer").projects, root.projects);
  EXPECT_NE(get(repository.port(), "/simple/").body.find("zeta/"), std::string::npos);
  EXPECT_EQ(get(repository.port(), "/simple/",
                "If-None-Match: " + get(repository.port(), "/simple/").header("etag") + "\r\n")
                .status,
            304);
  const auto home = get(repository.port(), "/");
  EXPECT_EQ(home.status, 302);
  EXPECT_EQ(home.header("location"), "/simple/");
  EXPECT_EQ(get(repository.port(), "/simple").header("location"), "/simple/");
}

TEST(Pages, NamesAreMovedToTheirNormalisedForm) {
  ServedRepository repository;
  repository.add_project("acme-lib", {{"acme_lib-1.0-py3-none-any.whl", "bytes"}});
  for (const char* path : {"/simple/Acme.Lib/", "/simple/acme-lib", "/simple/Acme_Lib"}) {
    const auto moved = get(repository.port(), path);
    EXPECT_EQ(moved.status, 301) << path;
    EXPECT_EQ(moved.header("location"), "/simple/acme-lib/") << path;
  }
  EXPECT_EQ(get(repository.port(), "/simple/Acme?format=text/html").header("location"),
            "/simple/acme/?format=text/html");
}

TEST(Pages, ConditionalRequests) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}});
  const auto first = get(repository.port(), "/simple/acme/", accept_json);
  const std::string condition = "If-None-Match: " + first.header("etag") + "\r\n" + accept_json;
  const auto second = get(repository.port(), "/simple/acme/", condition);
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.header("etag"), first.header("etag"));
  EXPECT_EQ(second.header("cache-control"), "no-cache");

  repository.add_project("acme",
                         {{"acme-1.0-py3-none-any.whl", "bytes"}, {"acme-2.0-py3-none-any.whl", "more"}});
  const auto third = get(repository.port(), "/simple/acme/", condition);
  EXPECT_EQ(third.status, 200);
  EXPECT_NE(third.header("etag"), first.header("etag"));
  EXPECT_NE(third.body.find("acme-2.0"), std::string::npos);
}

TEST(Pages, HeadHasTheHeadersOfGet) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}});
  RawConnection connection(repository.port());
  const auto get_answer = connection.get("/simple/acme/", accept_json);
  const auto head = connection.request("HEAD", "/simple/acme/", accept_json);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(get_answer.body.size()));
  EXPECT_EQ(head.header("etag"), get_answer.header("etag"));
  EXPECT_EQ(connection.get("/simple/acme/", accept_json).body,
            get_answer.body);  // nothing was left on the line
}

TEST(Pages, GzipWhereItIsAskedForAndWorthIt) {
  ServedRepository repository;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 200; ++i) files.emplace_back("acme-1." + std::to_string(i) + "-py3-none-any.whl", "x");
  repository.add_project("acme", files);
  repository.add_project("small", {{"small-1.0-py3-none-any.whl", "x"}});
  const std::string gzip = std::string("Accept-Encoding: gzip, deflate\r\n") + accept_json;

  const auto plain = get(repository.port(), "/simple/acme/", accept_json);
  const auto packed = get(repository.port(), "/simple/acme/", gzip);
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  EXPECT_EQ(gunzip(packed.body), plain.body);
  EXPECT_NE(packed.header("etag"), plain.header("etag"));
  EXPECT_EQ(get(repository.port(), "/simple/small/", gzip).header("content-encoding"), "");
}

TEST(Pages, AreReadOncePerChange) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get(repository.port(), "/simple/acme/", accept_json).status, 200);
  EXPECT_EQ(repository.count("get"), 1);
  EXPECT_GE(repository.count("head"), 19);
  repository.add_project("acme", {{"acme-2.0-py3-none-any.whl", "bytes"}});
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(get(repository.port(), "/simple/acme/", accept_json).body.find("acme-2.0"), std::string::npos);
  }
  EXPECT_EQ(repository.count("get"), 2);
}

TEST(Pages, ManyClientsOfAChangedPageReadItOnceOrTwice) {
  ServedRepository repository;
  repository.add_project("acme", {{"acme-1.0-py3-none-any.whl", "bytes"}});
  repository.before = [](std::string_view operation, std::string_view) {
    if (operation == "get") std::this_thread::sleep_for(std::chrono::milliseconds{100});
  };
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back(
        [&] { good += get(repository.port(), "/simple/acme/", accept_json).status == 200 ? 1 : 0; });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 32);
  EXPECT_LE(repository.count("get"), 3);
}

TEST(Pages, OfARepositoryWithoutJson) {
  ServedRepository repository;
  repository.put(
      "acme/index.html",
      "<!DOCTYPE html><html><body><a href=\"acme-1.0-py3-none-any.whl\">acme-1.0-py3-none-any.whl</a>"
      "<a href=\"https://elsewhere.example/acme-2.0-py3-none-any.whl\">acme-2.0-py3-none-any.whl</a>"
      "</body></html>");
  repository.put("acme/acme-1.0-py3-none-any.whl", "old bytes");
  const auto answer = get(repository.port(), "/simple/acme/", accept_json);
  ASSERT_EQ(answer.status, 200);
  const auto page = index::project_from_json(answer.body, "the answer");
  ASSERT_EQ(page.files.size(), 2u);
  EXPECT_EQ(page.files[0].url, "../../files/acme/acme-1.0-py3-none-any.whl");
  EXPECT_EQ(page.files[1].url, "https://elsewhere.example/acme-2.0-py3-none-any.whl");
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-1.0-py3-none-any.whl").body, "old bytes");
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-2.0-py3-none-any.whl").status, 404);
}

}  // namespace
}  // namespace wheelyard::test
