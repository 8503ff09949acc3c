#pragma once

#include <functional>
#include <optional>
#include <string>

#include "wheelyard/index/layout.hpp"
#include "wheelyard/index/model.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// A page as it stands in the bucket. Without an ETag it is not there yet, and is written by `create`.
template <typename Page>
struct Stored {
  Page page;
  std::optional<std::string> etag;
};

/// Reads and swaps the index pages. Stateless and thread-safe.
class PageStore {
 public:
  PageStore(store::ObjectStore& store, Layout layout) : store_(store), layout_(std::move(layout)) {}

  /// The JSON page; none where it is certainly absent. Throws `corrupted` on a page that cannot be read: it
  /// is never taken for an empty one.
  std::optional<Stored<ProjectPage>> find_project(const std::string& name) const;
  std::optional<Stored<RootPage>> find_root() const;

  /// Writes the JSON page over the state that was read. False: somebody else was first, nothing has changed.
  /// On success `stored` carries the new ETag.
  bool swap(Stored<ProjectPage>& stored, const std::string& acl) const;
  bool swap(Stored<RootPage>& stored, const std::string& acl) const;

  /// Writes index.html from this page unless the one that stands there was made from this serial or a later
  /// one.
  void catch_up_html(const ProjectPage& page, const std::string& acl) const;
  void catch_up_html(const RootPage& page, const std::string& acl) const;

  /// The key of a project's file; none for a link that leads out of the repository.
  std::optional<std::string> key_of(const std::string& project, const FileEntry& file) const;

  store::ObjectStore& store() const { return store_; }
  const Layout& layout() const { return layout_; }

 private:
  bool put_json(const std::string& key, std::string json, std::optional<std::string>& etag,
                const std::string& acl) const;
  void put_html(const std::string& key, std::uint64_t serial, const std::function<std::string()>& render,
                const std::string& acl) const;

  store::ObjectStore& store_;
  Layout layout_;
};

/// The largest page that is read: 5,000 files take about 2 MiB.
inline constexpr std::uint64_t max_page_bytes = 64u << 20;

}  // namespace wheelyard::index
