#pragma once

#include <functional>
#include <optional>
#include <string>

#include "wheelyard/index/page_store.hpp"

namespace wheelyard::index {

/// Changes to one project's page: reads it (taking over what others began), swaps it, keeps HTML and root in
/// step.
class ProjectEditor {
 public:
  ProjectEditor(const PageStore& pages, std::string acl) : pages_(pages), acl_(std::move(acl)) {}

  /// The page, made anew or taken over where there is no JSON page yet; the root index names the project
  /// afterwards.
  Stored<ProjectPage> load_for_change(const std::string& name) const;
  /// The page, taken over where needed; none when the repository has no such project.
  std::optional<Stored<ProjectPage>> load_existing(const std::string& name) const;

  /// Swaps; on success the serial is one higher when `visible` (installers see a difference).
  bool swap(Stored<ProjectPage>& stored, bool visible) const;
  void catch_up_html(const ProjectPage& page) const { pages_.catch_up_html(page, acl_); }

  /// What an edit did to the page.
  enum class Edited { nothing, state, visible };
  /// Reads, edits and swaps until it takes. The HTML page follows. `edit` may run more than once, on fresh
  /// pages. None when there is no such project.
  std::optional<ProjectPage> edit(const std::string& name,
                                  const std::function<Edited(ProjectPage&)>& edit) const;

  /// Makes the root index name the project; returns it. Makes it from a census where there is none.
  RootPage join_root(const std::string& name) const;
  /// Drops a project that has no file left from the root index, unless somebody is adding one.
  void leave_root(const std::string& name) const;
  /// Writes the root pages once more with the next serial: for an index.html that is not what it should be.
  void touch_root() const;

  const PageStore& pages() const { return pages_; }
  const std::string& acl() const { return acl_; }

 private:
  const PageStore& pages_;
  std::string acl_;
};

}  // namespace wheelyard::index
