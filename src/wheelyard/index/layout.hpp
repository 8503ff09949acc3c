#pragma once

#include <string>
#include <string_view>

namespace wheelyard::index {

/// Where things lie in a repository. The one place that knows the keys (docs/index-format.md).
class Layout {
 public:
  /// `prefix` is "" or ends with "/".
  explicit Layout(std::string prefix) : prefix_(std::move(prefix)) {}

  const std::string& prefix() const { return prefix_; }
  std::string root_json() const { return prefix_ + "index.json"; }
  std::string root_html() const { return prefix_ + "index.html"; }
  std::string folder(std::string_view project) const { return prefix_ + std::string(project) + "/"; }
  std::string page_json(std::string_view project) const { return folder(project) + "index.json"; }
  std::string page_html(std::string_view project) const { return folder(project) + "index.html"; }
  std::string file(std::string_view project, std::string_view filename) const {
    return folder(project) + std::string(filename);
  }
  static std::string metadata_of(std::string_view file_key) { return std::string(file_key) + ".metadata"; }
  /// Our own state; nothing that an installer asks for lies below it.
  std::string state() const { return prefix_ + ".wheelyard/"; }
  /// Pages that could not be read and were replaced by `verify --repair`.
  std::string damaged() const { return state() + "damaged/"; }
  /// Promotions into this repository that have not ended.
  std::string promotions() const { return state() + "promotions/"; }

 private:
  std::string prefix_;
};

}  // namespace wheelyard::index
