#include "config_fixture.hpp"

namespace wheelyard::config {
namespace {

class UpstreamIndex : public ConfigFixture {
 protected:
  std::string value(const std::string& given = {}, const std::string& own = {}) const {
    return upstream_index(given, environment(), own).value;
  }
  void uv(const std::string& text) { write("home/.config/uv/uv.toml", text); }
};

TEST_F(UpstreamIndex, WithNothingSetItIsTheBuilds) {
  EXPECT_EQ(value(), WHEELYARD_DEFAULT_UPSTREAM);
}

TEST_F(UpstreamIndex, TheCommandLineGoesFirst) {
  set("PIP_INDEX_URL", "https://pip.example/simple");
  EXPECT_EQ(value("https://given.example/simple/"), "https://given.example/simple");
  EXPECT_EQ(upstream_index("https://given.example", environment()).origin, "--upstream");
}

TEST_F(UpstreamIndex, PipsVariableThenItsInstallSectionThenItsGlobalOne) {
  write("home/.config/pip/pip.conf", "[global]\nindex-url = https://user-global.example\n");
  EXPECT_EQ(value(), "https://user-global.example");
  write("system/pip/pip.conf", "[install]\nindex-url = https://system-install.example\n");
  EXPECT_EQ(value(), "https://system-install.example");
  set("PIP_INDEX_URL", "https://variable.example");
  EXPECT_EQ(value(), "https://variable.example");
  set("PIP_INDEX_URL", "");
  EXPECT_EQ(value(), "https://system-install.example");
}

TEST_F(UpstreamIndex, PipGoesAheadOfUv) {
  set("UV_DEFAULT_INDEX", "https://uv.example");
  EXPECT_EQ(value(), "https://uv.example");
  write("home/.config/pip/pip.conf", "[global]\nindex-url = https://pip.example\n");
  EXPECT_EQ(value(), "https://pip.example");
}

TEST_F(UpstreamIndex, UvsVariablesMayNameTheIndex) {
  set("UV_INDEX_URL", "https://old.example/simple?a=b");
  EXPECT_EQ(value(), "https://old.example/simple?a=b");
  set("UV_DEFAULT_INDEX", "corp=https://new.example");
  EXPECT_EQ(value(), "https://new.example");
  EXPECT_EQ(upstream_index("", environment()).origin, "UV_DEFAULT_INDEX");
}

TEST_F(UpstreamIndex, UvsFilesAsUvReadsThem) {
  uv("index-url = 'https://user-top.example'\n");
  EXPECT_EQ(value(), "https://user-top.example");
  write("system/uv/uv.toml", "[pip]\nindex-url = 'https://system-pip.example'\n");
  EXPECT_EQ(value(), "https://system-pip.example");
  write("system/uv/uv.toml", "[[index]]\nurl = 'https://system-index.example'\ndefault = true\n");
  EXPECT_EQ(value(), "https://system-index.example");
  uv("[[index]]\nurl = 'https://extra.example'\n[[index]]\nurl = 'https://user-index.example'\ndefault = "
     "true\n");
  EXPECT_EQ(value(), "https://user-index.example");
  set("UV_NO_CONFIG", "1");
  EXPECT_EQ(value(), WHEELYARD_DEFAULT_UPSTREAM);
  set("UV_CONFIG_FILE", write("named.toml", "index-url = 'https://named.example'\n"));
  EXPECT_EQ(value(), "https://named.example");
}

TEST_F(UpstreamIndex, AUvFileThatIsNotTomlIsNamedWithItsLine) {
  uv("index-url = 'https://x.example'\nindex-url 'https://me:hunter2@x.example'\n");
  const auto message = message_of([&] { value(); });
  EXPECT_NE(message.find("uv.toml"), std::string::npos) << message;
  EXPECT_NE(message.find("line 2"), std::string::npos) << message;
  EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
}

TEST_F(UpstreamIndex, OnlyWhatCanBeRedirectedToIsTaken) {
  EXPECT_NE(message_of([&] { value("pypi"); }).find("--upstream"), std::string::npos);
  EXPECT_NE(message_of([&] { value("file:///srv/simple"); }).find("http"), std::string::npos);
  set("PIP_INDEX_URL", "file:///srv/simple");
  EXPECT_NE(message_of([&] { value(); }).find("PIP_INDEX_URL"), std::string::npos);
  set("PIP_INDEX_URL", "ht tp://me:hunter2@x");
  EXPECT_EQ(message_of([&] { value(); }).find("hunter2"), std::string::npos);
}

TEST_F(UpstreamIndex, OurOwnServerIsPassedOver) {
  set("UV_DEFAULT_INDEX", "https://uv.example");
  for (const auto* own :
       {"http://127.0.0.1:8080/simple", "http://localhost:8080/simple", "http://[::1]:8080/x"}) {
    set("PIP_INDEX_URL", own);
    EXPECT_EQ(value("", "http://127.0.0.1:8080/simple/"), "https://uv.example") << own;
  }
  set("PIP_INDEX_URL", "http://127.0.0.1:8081/simple");
  EXPECT_EQ(value("", "http://127.0.0.1:8080/simple"), "http://127.0.0.1:8081/simple");
  message_of([&] { value("http://localhost:8080/simple", "http://127.0.0.1:8080/simple"); });
}

}  // namespace
}  // namespace wheelyard::config
