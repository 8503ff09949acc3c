#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/ini.hpp"

namespace wheelyard {
namespace {

TEST(Ini, ReadsAnAwsConfig) {
  const auto ini = IniDocument::parse(
      "# comment\n"
      "[profile build]\n"
      "Region = eu-central-1   \n"
      "s3 =\n"
      "    addressing_style = path\n"
      "    Endpoint_Url = http://127.0.0.1:9000\n"
      "\n"
      "output=json\r\n"
      "[services local]\r\n"
      "s3 = \n"
      "  endpoint_url = http://127.0.0.1:9001\n",
      "config");
  ASSERT_EQ(ini.sections.size(), 2u);
  EXPECT_EQ(*ini.find("profile build", "region"), "eu-central-1");
  EXPECT_EQ(*ini.find("profile build", "output"), "json");
  const auto nested = parse_nested_ini_value(*ini.find("profile build", "s3"));
  EXPECT_EQ(nested, (std::vector<std::pair<std::string, std::string>>{
                        {"addressing_style", "path"}, {"Endpoint_Url", "http://127.0.0.1:9000"}}));
  EXPECT_EQ(*ini.find("services local", "s3"), "\nendpoint_url = http://127.0.0.1:9001");
  EXPECT_EQ(ini.find("profile Build", "region"), nullptr);
  EXPECT_EQ(ini.section("services local")->line, 9u);
  EXPECT_EQ(ini.section("services local")->entries[0].line, 10u);
}

TEST(Ini, ReadsAsConfigparserDoes) {
  const auto ini = IniDocument::parse(
      "\xEF\xBB\xBF[DEFAULT]\nbase : 1\n"
      "[a]b]\n"
      "url: https://u:p@h/?q=1 ; kept\n"
      "multi = one\n"
      "\n"
      "   two\n"
      "  ; a comment in between\n"
      "   three\n"
      "\n"
      " less = 1\n"
      "empty =\n"
      "  [section] = indented\n",
      "pip.conf");
  EXPECT_EQ(*ini.find("a]b", "url"), "https://u:p@h/?q=1 ; kept");
  EXPECT_EQ(*ini.find("a]b", "multi"), "one\n\ntwo\nthree\n\nless = 1");
  EXPECT_EQ(*ini.find("a]b", "empty"), "\n[section] = indented");
  EXPECT_EQ(*ini.find("a]b", "base"), "1");
  EXPECT_EQ(ini.section("a]b")->find("base"), nullptr);
  EXPECT_EQ(ini.find("none", "base"), nullptr);
}

TEST(Ini, RefusesWithTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"key = 1\n", "line 1"},         {"[a]\nb = 1\nB = 2\n", "line 3"}, {"[a]\n[a]\n", "line 2"},
      {"[a]\n\nnonsense\n", "line 3"}, {"[a]\n= 1\n", "line 2"},          {"[]\n", "line 1"}};
  for (const auto& [text, line] : cases) {
    try {
      IniDocument::parse(text, "pip.conf");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_NE(std::string(error.what()).find("pip.conf, " + std::string(line)), std::string::npos)
          << error.what();
    }
  }
  EXPECT_TRUE(IniDocument::parse("", "x").sections.empty());
}

}  // namespace
}  // namespace wheelyard
