#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "wheelyard/server/project_page.hpp"

namespace wheelyard::server {

/// Pages by project, the least recently used ones leaving when their bytes exceed a limit. Thread-safe.
class PageCache {
 public:
  explicit PageCache(std::size_t limit) : limit_(limit) {}

  /// Null where there is none.
  std::shared_ptr<ServedPage> find(const std::string& project);
  /// Takes the place of the project's former page. A page that is larger than the limit is not kept.
  void put(const std::string& project, std::shared_ptr<ServedPage> page);
  void drop(const std::string& project);
  /// The page has grown (a representation was made): it is counted anew.
  void recount(const std::string& project);
  std::size_t bytes() const;

 private:
  struct Entry {
    std::string project;
    std::shared_ptr<ServedPage> page;
    std::size_t cost = 0;
  };
  using Entries = std::list<Entry>;  ///< the most recently used first

  void erase(Entries::iterator entry);
  void shrink();

  const std::size_t limit_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_project_;
  std::size_t bytes_ = 0;
};

}  // namespace wheelyard::server
