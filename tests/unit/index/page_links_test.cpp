#include "wheelyard/index/page_links.hpp"

#include "page_fixture.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/url.hpp"

namespace wheelyard::index {
namespace {

std::string resolved(std::string_view url, std::string_view page = "repo/acme-lib/index.html") {
  return resolve_link("repo/", page, url).value_or("none");
}

TEST(PageLinks, FollowsLinksWithinTheRepository) {
  EXPECT_EQ(resolved("x.whl"), "repo/acme-lib/x.whl");
  EXPECT_EQ(resolved("./x.whl"), "repo/acme-lib/x.whl");
  EXPECT_EQ(resolved("x-1%2Bcu.whl#sha256=00"), "repo/acme-lib/x-1+cu.whl");
  EXPECT_EQ(resolved("x.whl?a=../b#c"), "repo/acme-lib/x.whl");
  EXPECT_EQ(resolved("../x.whl"), "repo/x.whl");
  EXPECT_EQ(resolved("../Acme-Lib/x.whl"), "repo/Acme-Lib/x.whl");
  EXPECT_EQ(resolved("../pool/a/../b/x.whl"), "repo/pool/b/x.whl");
  EXPECT_EQ(resolved("x.whl", "repo/acme-lib/"), "repo/acme-lib/x.whl");
  EXPECT_EQ(resolve_link("", "acme/index.html", "../pool/x.whl"), "pool/x.whl");
  EXPECT_EQ(resolve_link("", "index.html", "x.whl"), "x.whl");
}

TEST(PageLinks, NeverLeavesTheRepository) {
  for (const auto* url : {"../../pool/x.whl",
                          "../../repo/x.whl",
                          "../../../x.whl",
                          "..",
                          "../",
                          ".",
                          "",
                          "#a",
                          "?a",
                          "/x.whl",
                          "//example.org/x.whl",
                          "https://example.org/x.whl",
                          "file:///x.whl",
                          "javascript:x.whl",
                          "%2e%2e/%2e%2e/x.whl",
                          "..%2f..%2fx.whl",
                          "a%2Fb.whl",
                          "a%5Cb.whl",
                          "a\\..\\b.whl",
                          "a%00.whl",
                          "a%zz.whl",
                          "a%",
                          "a//b.whl",
                          "pool/",
                          "a/%2e",
                          "x.whl/..",
                          "%2e%2e",
                          "x\n.whl"}) {
    EXPECT_EQ(resolved(url), "none") << url;
  }
  EXPECT_FALSE(resolve_link("other/", "repo/acme/index.html", "x.whl"));
}

TEST(PageLinks, SaysWhatMayBeLinked) {
  for (const auto* url :
       {"x.whl", "../x", "/x", "//h/x", "http://h/x", "HTTPS://h/x", "file:///x", "a/b:c", "?q", "x%20y"}) {
    EXPECT_TRUE(is_link_url(url)) << url;
  }
  for (const auto* url : {"", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "ftp://h/x", "a b",
                          "a\tb", "a\\b", " javascript:x", "java\nscript:x", ":x", "x\x7F"}) {
    EXPECT_FALSE(is_link_url(url)) << url;
  }
}

TEST(PageLinks, NamesTheFileOfAUrl) {
  EXPECT_EQ(url_filename("https://example.org/a/b-1%2Bc.whl?x=/y#z/z"), "b-1+c.whl");
  EXPECT_EQ(url_filename("b.whl"), "b.whl");
  for (const auto* url : {"a/", "", "a/..", "%2e%2e", "a%2Fb", "a%5cb", "a%00b", "a%", "?x"}) {
    EXPECT_EQ(url_filename(url), "") << url;
  }
  EXPECT_EQ(file_url("a-1.0+cu 1!é.whl"), "a-1.0%2Bcu%201%21%C3%A9.whl");
}

TEST(PageLinks, RelativeLinksResolveBack) {
  EXPECT_EQ(relative_link("repo/acme/index.html", "repo/acme/x.whl"), "x.whl");
  EXPECT_EQ(relative_link("repo/acme/index.html", "repo/Acme/x+1.whl"), "../Acme/x%2B1.whl");
  EXPECT_EQ(relative_link("acme/index.html", "x.whl"), "../x.whl");
  RandomText random(3);
  for (int i = 0; i < 2000; ++i) {
    auto key = [&] {
      std::string text = "repo/";
      for (auto parts = random.below(4); parts > 0; --parts) text += "d" + random.of("ab+% #?:é", 4) + "/";
      return text + "f" + random.of("ab+%.:#", 6);
    };
    auto page = key(), target = key();
    ASSERT_EQ(resolve_link("repo/", page, relative_link(page, target)), target) << page;
  }
}

}  // namespace
}  // namespace wheelyard::index
