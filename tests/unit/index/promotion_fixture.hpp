#pragma once

#include "repository_fixture.hpp"

namespace wheelyard::index {

/// Distributions that need others.
class PromotionFolder : public ScratchFolder {
 public:
  /// `needs`: the values of Requires-Dist.
  package::Distribution wheel(const std::string& filename, const std::vector<std::string>& needs = {},
                              std::size_t padding = 0, const std::string& requires_python = "") const {
    const auto parsed = package::parse_filename(filename).filename.value();
    const auto version = parsed.version.to_string();
    test_support::WheelMaker wheel;
    wheel.name = parsed.name;
    wheel.version = version;
    wheel.dist_info = parsed.name + "-" + version + ".dist-info";
    wheel.wheel =
        "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: " + parsed.pythons.at(0) + "-" +
        parsed.abis.at(0) + "-" + parsed.platforms.at(0) + "\n";
    wheel.metadata = "Metadata-Version: 2.1\nName: " + parsed.name + "\nVersion: " + version + "\n";
    if (!requires_python.empty()) wheel.metadata += "Requires-Python: " + requires_python + "\n";
    for (const auto& need : needs) wheel.metadata += "Requires-Dist: " + need + "\n";
    wheel.members = {{parsed.name + "/__init__.py", "VERSION = '" + version + "'\n"}};
    if (padding > 0) wheel.members.emplace_back(parsed.name + "/data.bin", random_bytes(padding));
    return inspected(filename, wheel.bytes());
  }

  /// `head`: the first lines of PKG-INFO.
  package::Distribution sdist(const std::string& filename, const std::vector<std::string>& needs = {},
                              const std::string& head = "Metadata-Version: 2.2\n") const {
    const auto parsed = package::parse_filename(filename).filename.value();
    const auto version = parsed.version.to_string();
    std::string metadata = head + "Name: " + parsed.name + "\nVersion: " + version + "\n";
    for (const auto& need : needs) metadata += "Requires-Dist: " + need + "\n";
    return inspected(filename, test_support::gzip(test_support::make_tar(
                                   test_support::sdist_members(parsed.name + "-" + version, metadata))));
  }

 private:
  package::Distribution inspected(const std::string& filename, const std::string& bytes) const {
    return package::inspect_distribution(
        write(std::filesystem::path(to_hex(random_bytes(8))) / filename, bytes));
  }
};

inline PromoteReport promote(Repository& source, Repository& target, std::vector<std::string> specs,
                             bool with_dependencies = false) {
  PromoteRequest request;
  request.specs = std::move(specs);
  request.with_dependencies = with_dependencies;
  request.workers = 1;
  return target.promote_from(source, request);
}

/// The files that the repository lists of a project; none where it has no such project.
inline std::vector<std::string> listed(Repository& repository, const std::string& project) {
  const auto read = repository.read_project(project);
  return read ? filenames(read->page) : std::vector<std::string>{};
}

/// Two indexes, and promotions with what is needed.
class DependencyFixture : public ::testing::Test {
 protected:
  /// "lib-1.0" in the source, with its needs.
  void have(const std::string& release, const std::vector<std::string>& needs = {},
            const std::string& requires_python = "") {
    publish(source, {folder.wheel(release + "-py3-none-any.whl", needs, 0, requires_python)});
  }
  void target_has(const std::string& release, const std::vector<std::string>& needs = {},
                  const std::string& requires_python = "") {
    publish(target, {folder.wheel(release + "-py3-none-any.whl", needs, 0, requires_python)});
  }
  static void yank(Repository& repository, const std::string& spec) {
    YankRequest request;
    request.specs = {spec};
    EXPECT_FALSE(repository.yank(request).files.empty());
  }
  /// What goes, in the order of listing: "lib 1.0".
  std::vector<std::string> promote(std::vector<std::string> specs,
                                   std::vector<package::MarkerEnvironment> environments = {}) {
    PromoteRequest request;
    request.specs = std::move(specs);
    request.with_dependencies = true;
    request.environments = std::move(environments);
    request.workers = 1;
    report = target.promote_from(source, request);
    EXPECT_TRUE(target.verify({.deep = true}).clean());
    std::vector<std::string> went;
    for (const auto& file : report.files) {
      if (file.outcome == PromotedFile::Outcome::promoted) went.push_back(file.project + " " + file.version);
    }
    return went;
  }
  std::string refused(const std::string& spec, ErrorCode code,
                      std::vector<package::MarkerEnvironment> environments = {}) {
    try {
      promote({spec}, std::move(environments));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_EQ(listed(target, "acme"), std::vector<std::string>());
      EXPECT_EQ(private_keys(*bucket, "prod/"), std::vector<std::string>());
      return error.what();
    }
    ADD_FAILURE() << "it was not refused";
    return "";
  }
  std::vector<std::string> left() {
    std::vector<std::string> words;
    for (const auto& one : report.left)
      words.push_back(one.requirement + " for " + one.needed_by +
                      (one.held.empty() ? "" : " has " + one.held));
    return words;
  }

  PromotionFolder folder;
  std::shared_ptr<store::ObjectStore> bucket = store::make_memory_store();
  Repository source{bucket, "staging/"};
  Repository target{bucket, "prod/"};
  PromoteReport report;
};

}  // namespace wheelyard::index
