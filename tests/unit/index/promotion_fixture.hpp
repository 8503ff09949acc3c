#pragma once

#include "repository_fixture.hpp"

namespace wheelyard::index {

/// Distributions that need others.
class PromotionFolder : public ScratchFolder {
 public:
  /// `needs`: the values of Requires-Dist.
  package::Distribution wheel(const std::string& filename, const std::vector<std::string>& needs = {},
                              std::size_t padding = 0) const {
    const auto parsed = package::parse_filename(filename).filename.value();
    const auto version = parsed.version.to_string();
    test_support::WheelMaker wheel;
    wheel.name = parsed.name;
    wheel.version = version;
    wheel.dist_info = parsed.name + "-" + version + ".dist-info";
    wheel.metadata = "Metadata-Version: 2.1\nName: " + parsed.name + "\nVersion: " + version + "\n";
    for (const auto& need : needs) wheel.metadata += "Requires-Dist: " + need + "\n";
    wheel.members = {{parsed.name + "/__init__.py", "VERSION = '" + version + "'\n"}};
    if (padding > 0) wheel.members.emplace_back(parsed.name + "/data.bin", random_bytes(padding));
    return inspected(filename, wheel.bytes());
  }

  package::Distribution sdist(const std::string& filename, const std::vector<std::string>& needs = {}) const {
    const auto parsed = package::parse_filename(filename).filename.value();
    const auto version = parsed.version.to_string();
    std::string metadata = "Metadata-Version: 2.2\nName: " + parsed.name + "\nVersion: " + version + "\n";
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

}  // namespace wheelyard::index
