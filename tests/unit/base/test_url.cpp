#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard {
namespace {

TEST(Url, Parts) {
  const Url url = Url::parse("HTTPS://user:pa%40ss@Example.COM:8443/a%20b/c?x=1&sig=2#frag");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user_info, "user:pa%40ss");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a%20b/c");
  EXPECT_EQ(url.query, "x=1&sig=2");
  EXPECT_EQ(url.fragment, "frag");
  EXPECT_EQ(url.authority(), "example.com:8443");
  EXPECT_EQ(url.to_string(), "https://user:pa%40ss@example.com:8443/a%20b/c?x=1&sig=2#frag");
  EXPECT_EQ(url.display(), "https://example.com:8443/a%20b/c?x=...&sig=...");
}

TEST(Url, OddButRight) {
  EXPECT_EQ(Url::parse("s3://bucket").path, "");
  EXPECT_EQ(Url::parse("file:///srv/packages").path, "/srv/packages");
  EXPECT_EQ(Url::parse("file:///srv/packages").host, "");
  EXPECT_EQ(Url::parse("http://[::1]:80/x").host, "::1");
  EXPECT_EQ(Url::parse("http://[::1]:80/x").authority(), "[::1]");
  EXPECT_EQ(Url::parse("http://h:/").port, std::nullopt);
  EXPECT_EQ(Url::parse("http://h/\xC3\xA9").path, "/%C3%A9");
  EXPECT_EQ(Url::parse("http://h/?list-type&prefix=").display(), "http://h/?list-type&prefix=");
}

TEST(Url, Refuses) {
  for (const char* bad :
       {"", "bucket/key", "http://", "http://:80/", "http://h:0/", "http://h:65536/", "http://h:1x/",
        "http://h/a b", "http://h/\n", "http://h/%4", "http://h/%zz", "http://[::1", "http://[x]/",
        "http://[::1]x/", "http://h\\x/", "http://h%0d/", "mailto:me", "http://h/\x01", "://h"}) {
    EXPECT_THROW(Url::parse(bad), Error) << bad;
  }
}

TEST(Url, AnErrorShowsNoSecret) {
  try {
    Url::parse("https://me:hunter2@host:bad/p?token=abc");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("abc"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("host:bad/p"), std::string::npos) << error.what();
  }
}

TEST(Url, APasswordIsNotShownWhateverStandsAroundIt) {
  for (const char* text :
       {"https://me:hunter2@host:bad/p?mail=a@b", "https://me:hunter2?x@host:bad/", "me:hunter2@host"}) {
    try {
      Url::parse(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(without_user_info("s3://key:secret@bucket/p"), "s3://bucket/p");
  EXPECT_EQ(without_user_info("s3://bucket/p"), "s3://bucket/p");
}

TEST(Url, PercentEncoding) {
  EXPECT_EQ(percent_encode("a b/c~\xC3\xA9+"), "a%20b%2Fc~%C3%A9%2B");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
  EXPECT_EQ(percent_decode("a%20b%2fc+"), "a b/c+");
  EXPECT_THROW(percent_decode("%"), Error);
  EXPECT_THROW(percent_decode("%2"), Error);
  EXPECT_THROW(percent_decode("%g0"), Error);
  EXPECT_EQ(try_percent_decode("%2b"), "+");
  EXPECT_FALSE(try_percent_decode("%2").has_value());
  EXPECT_EQ(parse_query("a=1&b&c=%26d&&e=f=g"), (std::vector<std::pair<std::string, std::string>>{
                                                    {"a", "1"}, {"b", ""}, {"c", "&d"}, {"e", "f=g"}}));
  EXPECT_TRUE(parse_query("").empty());
}

TEST(Url, ResolvesAsRfc3986Section54) {
  const char* base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> cases[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"http:g", "http:g"},
  };
  for (const auto& [reference, expected] : cases)
    EXPECT_EQ(resolve_url(base, reference), expected) << reference;
  EXPECT_EQ(resolve_url("http://a", "g"), "http://a/g");
  EXPECT_EQ(resolve_url("file:///srv/simple/x/index.html", "../../y.whl#sha256=1"),
            "file:///srv/y.whl#sha256=1");
}

}  // namespace
}  // namespace wheelyard
