#include "config_fixture.hpp"

namespace wheelyard::config {
namespace {

class PipSetting : public ConfigFixture {
 protected:
  std::string value(const std::string& section = "global", const std::string& key = "index-url") const {
    const auto found = pip_setting(section, key, environment());
    return found ? found->value : "";
  }
};

std::string names(const std::string& value) {
  return "[global]\nindex-url = " + value + "\n";
}

TEST_F(PipSetting, NothingIsThere) {
  EXPECT_FALSE(pip_setting("global", "index-url", environment()));
}

TEST_F(PipSetting, TheMostSpecificFileWins) {
  write("system/pip/pip.conf", names("system"));
  EXPECT_EQ(value(), "system");
  write("home/.pip/pip.conf", names("legacy"));
  EXPECT_EQ(value(), "legacy");
  const auto user = write("home/.config/pip/pip.conf", names("user"));
  EXPECT_EQ(value(), "user");
  EXPECT_EQ(pip_setting("global", "index-url", environment())->origin, user + " [global] index-url");
  write("venv/pip.conf", names("site"));
  set("VIRTUAL_ENV", root_ / "venv");
  EXPECT_EQ(value(), "site");
  set("PIP_CONFIG_FILE", write("named.conf", names("named")));
  EXPECT_EQ(value(), "named");
}

TEST_F(PipSetting, LaterSystemFoldersGoAhead) {
  write("a/pip/pip.conf", names("a"));
  write("b/pip/pip.conf", names("b"));
  set("XDG_CONFIG_DIRS", (root_ / "a").string() + ":" + (root_ / "b").string());
  EXPECT_EQ(value(), "b");
}

TEST_F(PipSetting, XdgConfigHomeMovesTheUsersFile) {
  write("home/.config/pip/pip.conf", names("home"));
  write("xdg/pip/pip.conf", names("xdg"));
  set("XDG_CONFIG_HOME", root_ / "xdg");
  EXPECT_EQ(value(), "xdg");
  set("XDG_CONFIG_HOME", " ");
  EXPECT_EQ(value(), "home");
}

TEST_F(PipSetting, ANamedFileThatIsThereReplacesTheUsersFilesOnly) {
  write("system/pip/pip.conf", "[global]\nindex-url = system\ntimeout = 5\n");
  write("home/.config/pip/pip.conf", "[global]\nindex-url = user\nretries = 9\n");
  set("PIP_CONFIG_FILE", write("named.conf", names("named")));
  EXPECT_EQ(value("global", "timeout"), "5");
  EXPECT_EQ(value("global", "retries"), "");
  set("PIP_CONFIG_FILE", root_ / "nowhere.conf");
  EXPECT_EQ(value("global", "retries"), "9");
}

TEST_F(PipSetting, TheNullDeviceTurnsEveryFileOff) {
  write("system/pip/pip.conf", names("system"));
  set("PIP_CONFIG_FILE", "/dev/null");
  EXPECT_EQ(value(), "");
}

TEST_F(PipSetting, NamesAreComparedAsPipDoes) {
  write("home/.config/pip/pip.conf",
        "[global]\n--Index_URL = user\n[ilabs.s3util]\ntarget: s3://b/%(p)s%20\n");
  EXPECT_EQ(value("global", "index_url"), "user");
  EXPECT_EQ(value("Global"), "");
  EXPECT_EQ(value("ilabs.s3util", "target"), "s3://b/%(p)s%20");
}

TEST_F(PipSetting, AnEmptyValueCountsAsNone) {
  write("system/pip/pip.conf", names("system"));
  write("home/.config/pip/pip.conf", names(""));
  EXPECT_EQ(value(), "system");
}

TEST_F(PipSetting, AMalformedFileIsNamedWithItsLineAndWithoutItsContent) {
  const auto path = write("home/.config/pip/pip.conf", "[global]\nhttps://me:hunter2\n");
  write("system/pip/pip.conf", "");
  const auto good = message_of([&] {
    write("home/.config/pip/pip.conf", "[global]\nhunter2\n");
    value();
  });
  EXPECT_NE(good.find(path), std::string::npos) << good;
  EXPECT_NE(good.find("line 2"), std::string::npos) << good;
  EXPECT_EQ(good.find("hunter2"), std::string::npos) << good;
}

using RepositoryUrl = ConfigFixture;

TEST_F(RepositoryUrl, TheCommandLineGoesAheadOfTheEnvironment) {
  EXPECT_NE(message_of([&] { repository_url("", environment()); }).find("WHEELYARD_REPO"), std::string::npos);
  set("WHEELYARD_REPO", "s3://env/x");
  EXPECT_EQ(repository_url("", environment()).value, "s3://env/x");
  EXPECT_EQ(repository_url("", environment()).origin, "WHEELYARD_REPO");
  EXPECT_EQ(repository_url("/srv/wheels", environment()).value, "/srv/wheels");
}

}  // namespace
}  // namespace wheelyard::config
