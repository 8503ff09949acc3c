#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/scratch_folder.hpp"
#include "support/wheel_maker.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/announcement.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/index/repository.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::index {

/// A folder of a test's own, with distributions in it.
class ScratchFolder : public test_support::ScratchFolder {
 public:
  /// A real distribution of that name, whose bytes differ with `content`.
  package::Distribution distribution(const std::string& filename, const std::string& content) const {
    return package::inspect_distribution(
        write(std::filesystem::path(to_hex(random_bytes(8))) / filename, bytes(filename, content)));
  }

  static std::string bytes(const std::string& filename, const std::string& content) {
    const auto parsed = package::parse_filename(filename).filename.value();
    const auto version = parsed.version.to_string();
    const auto metadata = "Metadata-Version: 2.1\nName: " + parsed.name + "\nVersion: " + version +
                          "\nRequires-Python: >=3.8\n\n" + content + "\n";
    if (parsed.kind == package::DistributionKind::sdist) {
      return test_support::gzip(
          test_support::make_tar(test_support::sdist_members(parsed.name + "-" + version, metadata)));
    }
    test_support::WheelMaker wheel;
    wheel.name = parsed.name;
    wheel.version = version;
    wheel.metadata = metadata;
    wheel.dist_info = parsed.name + "-" + version + ".dist-info";
    wheel.members = {{parsed.name + "/__init__.py", content}};
    return wheel.bytes();
  }
};

inline std::string wheel_name(const std::string& project, int i) {
  return project + "-1." + std::to_string(i) + "-py3-none-any.whl";
}

inline PublishReport publish(Repository& repository, std::vector<package::Distribution> distributions,
                             bool force = false) {
  PublishRequest request;
  request.distributions = std::move(distributions);
  request.force = force;
  request.workers = 1;
  return repository.publish(request);
}

/// What every reader may rely on at every instant: a listed file is there, whole, with the listed size and
/// digest, in JSON and in HTML. Returns what is wrong, or "".
inline std::string broken_promise(store::ObjectStore& store, const std::string& prefix,
                                  const std::string& project) {
  const auto check = [&](const std::string& page_key, const auto& parse) -> std::string {
    for (int look = 0;; ++look) {
      auto object = store::find_bytes(store, page_key, 64u << 20);
      if (!object) return "";
      ProjectPage page = parse(object->bytes);
      std::string wrong;
      for (const auto& file : page.files) {
        const auto key = resolve_link(prefix, page_key, file.url);
        auto bytes = key ? store::find_bytes(store, *key, 64u << 20) : std::nullopt;
        if (!bytes) {
          wrong = page_key + " lists " + file.filename + ", which is not there";
        } else if (!file.sha256().empty() && sha256_hex(bytes->bytes) != file.sha256()) {
          wrong = page_key + " lists " + file.filename + " with another digest";
        }
        if (!wrong.empty()) break;
      }
      if (wrong.empty()) return "";
      // A removal may have come between the two reads; then the page has changed.
      const auto again = store::find_bytes(store, page_key, 64u << 20);
      if (again && again->info.etag == object->info.etag) return wrong;
      if (look > 20) return "the page changes all the time";
    }
  };
  const auto json = check(prefix + project + "/index.json",
                          [&](const std::string& bytes) { return project_from_json(bytes, "page"); });
  if (!json.empty()) return json;
  return check(prefix + project + "/index.html",
               [&](const std::string& bytes) { return project_from_html(bytes, project, "page"); });
}

inline std::vector<std::string> filenames(const ProjectPage& page) {
  std::vector<std::string> names;
  for (const auto& file : page.files) names.push_back(file.filename);
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<std::string> html_filenames(store::ObjectStore& store, const std::string& prefix,
                                               const std::string& project) {
  const auto html = store::get_bytes(store, prefix + project + "/index.html", 64u << 20);
  return filenames(project_from_html(html.bytes, project, "index.html"));
}

/// Keys of announcements, left-overs and other private state.
inline std::vector<std::string> private_keys(store::ObjectStore& store, const std::string& prefix) {
  std::vector<std::string> keys;
  for (const auto& object : store::list_all(store, prefix + ".wheelyard/")) keys.push_back(object.key);
  return keys;
}

}  // namespace wheelyard::index
