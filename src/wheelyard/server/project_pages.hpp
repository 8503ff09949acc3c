#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "wheelyard/index/repository.hpp"
#include "wheelyard/server/page_cache.hpp"

namespace wheelyard::server {

/// The pages of a repository as they are now, read and rendered once for each change. Thread-safe.
class ProjectPages {
 public:
  /// `cache_bytes`: how much memory the pages that are kept may take.
  ProjectPages(std::shared_ptr<index::Repository> repository, std::size_t cache_bytes);

  /// The page as it is now: whatever was published before the call is in it. Null only where the repository
  /// certainly has no such project; every other failure is thrown.
  std::shared_ptr<ServedPage> current(const std::string& project);

  /// The page where it lists the file: a kept one that was current at most a minute ago will do, since a file
  /// that is listed stays what it is. Otherwise the current one, or null.
  std::shared_ptr<ServedPage> listing(const std::string& project, const std::string& filename);

  /// A representation of a page; counts what it adds to the cache.
  PageBodyPtr body(const std::string& project, ServedPage& page, PageFormat format, bool compressed);

 private:
  bool is_current(const std::string& project, ServedPage& page) const;
  std::shared_ptr<ServedPage> read(const std::string& project, const std::shared_ptr<ServedPage>& kept);

  std::shared_ptr<index::Repository> repository_;
  PageCache cache_;
  /// Held while a page is read, so that many who ask for a changed page read it once.
  std::array<std::mutex, 256> reading_;
};

}  // namespace wheelyard::server
