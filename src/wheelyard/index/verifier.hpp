#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "wheelyard/index/project_editor.hpp"
#include "wheelyard/index/repository.hpp"

namespace wheelyard::index {

/// Collects what `verify` finds. Thread-safe.
class Findings {
 public:
  explicit Findings(const VerifyRequest& request) : request_(request) {}

  bool repairs() const { return request_.repair && !request_.dry_run; }
  bool deep() const { return request_.deep; }

  /// Something that `action` mends. Its state says whether it will be; `repaired` then says how it went.
  std::size_t add(std::string kind, std::string project, std::string item, std::string detail,
                  std::string action);
  /// Something that no program can mend.
  void add_lasting(std::string kind, std::string project, std::string item, std::string detail,
                   std::string action);
  void repaired(std::size_t problem);
  void failed(std::size_t problem, const std::string& why);

  void count_project();
  void count_file();
  void count_bytes(std::uint64_t bytes);
  bool any_problem() const;
  /// Adds what another one collected.
  void add_all(VerifyReport other);
  VerifyReport take();

 private:
  const VerifyRequest& request_;
  mutable std::mutex mutex_;
  VerifyReport report_;
};

/// One run of `verify`.
class Verifier {
 public:
  Verifier(const PageStore& pages, const VerifyRequest& request, const RepositoryOptions& options);

  VerifyReport run();

 private:
  std::vector<std::string> projects(const RootPage* root) const;
  /// Promotions that did not end: what they brought is listed together, or taken away together.
  void check_promotions();
  /// Whether the project has files.
  bool check_project(const std::string& name, bool must_exist);
  /// `has_files`: which of the projects have any.
  void check_root(const std::vector<std::string>& projects, const std::vector<char>& has_files);
  void check_root_html(const RootPage& root);
  void mend_unreadable_root(const std::string& why);

  const PageStore& pages_;
  const VerifyRequest& request_;
  const RepositoryOptions& options_;
  ProjectEditor editor_;
  Findings findings_;
};

/// The bytes of an index.html against what the page says they should be: "", "html_missing", "html_older" or
/// "html_differs".
std::string judge_html(store::ObjectStore& store, const std::string& key, std::uint64_t serial,
                       const std::string& expected);

/// Keeps a copy of a page that cannot be read; returns the copy's key.
std::string keep_damaged(const PageStore& pages, const std::string& name, const std::string& bytes,
                         TimePoint at);

}  // namespace wheelyard::index
