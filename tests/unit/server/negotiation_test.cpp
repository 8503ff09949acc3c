#include "wheelyard/server/negotiation.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace wheelyard::server {
namespace {

constexpr auto json = PageFormat::json;
constexpr auto v1_html = PageFormat::v1_html;
constexpr auto text_html = PageFormat::text_html;

struct Case {
  const char* accept;
  std::optional<PageFormat> expected;
};

TEST(Negotiation, ChoosesByWeightThenBySpecificity) {
  const Case cases[] = {
      {"", text_html},
      {"*/*", text_html},
      {"application/vnd.pypi.simple.v1+json", json},
      {"application/vnd.pypi.simple.latest+json", json},
      {"application/vnd.pypi.simple.v1+html", v1_html},
      {"application/vnd.pypi.simple.latest+html", v1_html},
      {"text/html", text_html},
      {"text/*", text_html},
      {"application/*", json},
      // pip
      {"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
       json},
      // uv
      {"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
       json},
      // poetry
      {"application/vnd.pypi.simple.v1+json, */*;q=0.8", json},
      {"application/vnd.pypi.simple.v1+json, */*", json},
      // a browser
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text_html},
      {"text/html;q=0.5, application/vnd.pypi.simple.v1+html;q=0.6", v1_html},
      {"application/vnd.pypi.simple.v1+json;q=0, text/html", text_html},
      {"application/vnd.pypi.simple.v1+json;q=0, */*;q=0.1", text_html},
      {"text/html;q=0, */*;q=0.1", json},
      {"application/vnd.pypi.simple.v1+json;q=0.001", json},
      {"APPLICATION/VND.PYPI.SIMPLE.V1+JSON", json},
      {"text/html ; charset=utf-8 ; q=0.9 , application/vnd.pypi.simple.v1+json;q=0.89", text_html},
      {"*/*;q=0", std::nullopt},
      {"application/json", std::nullopt},
      {"application/vnd.pypi.simple.v2+json", std::nullopt},
      {"image/png", std::nullopt},
      {"text/html;q=nonsense", std::nullopt},
      {"text/html;q=2", std::nullopt},
      {"text/html;q=1.001", std::nullopt},
      {",,, ;;; =", text_html},
  };
  for (const auto& [accept, expected] : cases) EXPECT_EQ(negotiate_format(accept), expected) << accept;
}

TEST(Negotiation, EqualWeightsGoToJsonFirst) {
  EXPECT_EQ(
      negotiate_format("text/html, application/vnd.pypi.simple.v1+html, application/vnd.pypi.simple.v1+json"),
      json);
  EXPECT_EQ(negotiate_format("text/html, application/vnd.pypi.simple.v1+html"), v1_html);
}

TEST(Negotiation, HostileListsAreBounded) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "a/b,";
  EXPECT_EQ(negotiate_format(many + "text/html"), std::nullopt);
}

TEST(Negotiation, FormatByName) {
  EXPECT_EQ(format_by_name("application/vnd.pypi.simple.latest+json"), json);
  EXPECT_EQ(format_by_name("text/html"), text_html);
  EXPECT_EQ(format_by_name("application/vnd.pypi.simple.v1+html"), v1_html);
  EXPECT_EQ(format_by_name("json"), std::nullopt);
}

TEST(Negotiation, Gzip) {
  for (const char* yes : {"gzip", "gzip, deflate", "br, gzip;q=0.1", "*", "x-gzip", "GZIP",
                          "identity;q=0.5, gzip", "gzip, deflate, br, zstd"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *", "identity, gzip;q=0.5"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(Negotiation, NamesJson) {
  EXPECT_TRUE(names_json("application/vnd.pypi.simple.v1+json, text/html;q=0.1"));
  EXPECT_TRUE(names_json("application/json"));
  EXPECT_FALSE(names_json("text/html, */*"));
  EXPECT_FALSE(names_json("application/json;q=0"));
}

}  // namespace
}  // namespace wheelyard::server
