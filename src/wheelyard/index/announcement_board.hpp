#pragma once

#include <string>
#include <vector>

#include "wheelyard/index/announcement.hpp"
#include "wheelyard/index/layout.hpp"
#include "wheelyard/index/model.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// An announcement as it was found in the bucket.
struct Posted {
  Announcement announcement;
  std::string key;
  TimePoint at{};  ///< the object's modification time: the upload time of the file
};

/// The announcements of a repository: empty objects whose keys carry index entries.
class AnnouncementBoard {
 public:
  AnnouncementBoard(store::ObjectStore& store, Layout layout) : store_(store), layout_(std::move(layout)) {}

  void post(const Announcement& announcement, const std::string& acl) const;
  /// Every readable announcement of the project. Keys that are none of ours are passed over: `strangers` has
  /// them.
  std::vector<Posted> list(const std::string& project, std::vector<std::string>* strangers = nullptr) const;
  /// Projects that have any.
  std::vector<std::string> projects() const;
  void remove(const std::vector<Posted>& posted) const;

 private:
  store::ObjectStore& store_;
  Layout layout_;
};

/// The index entry that an announcement stands for.
FileEntry entry_of(const Posted& posted);

}  // namespace wheelyard::index
