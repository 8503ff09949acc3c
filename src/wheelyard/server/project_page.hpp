#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "wheelyard/index/repository.hpp"
#include "wheelyard/server/negotiation.hpp"

namespace wheelyard::server {

/// A representation's bytes and the tag of exactly these bytes.
struct PageBody {
  std::string bytes;
  std::string etag;  ///< as it stands in the header
};
using PageBodyPtr = std::shared_ptr<const PageBody>;

/// A page as bytes, with its tag; `format` is part of the tag, so that no two representations share one.
PageBodyPtr make_body(std::string bytes, PageFormat format, bool compressed);

/// A project's page with the URLs that this server gives its files, and its representations, each made when
/// it is first asked for. Thread-safe.
class ServedPage {
 public:
  struct File {
    std::string key;  ///< in the store
    bool has_metadata = false;
  };

  /// Rewrites the URL of every file that lies in the repository; others keep theirs.
  ServedPage(const index::Repository& repository, const std::string& project, index::ReadProject read);

  const std::string& origin_etag() const { return origin_etag_; }
  /// Whether Repository::project_etag can tell that the page is current.
  bool has_json_origin() const { return has_json_origin_; }
  /// The listed file that the repository holds, or null.
  const File* find(const std::string& filename) const;
  /// `made` is set where the representation is new.
  PageBodyPtr body(PageFormat format, bool compressed, bool* made);
  /// What it takes up in memory, roughly.
  std::size_t bytes() const;

  using Instant = std::chrono::steady_clock::time_point;
  /// When the latest look began that found the page current.
  Instant seen_current() const { return Instant(Instant::duration(seen_current_.load())); }
  void set_seen_current(Instant when) { seen_current_.store(when.time_since_epoch().count()); }

 private:
  index::ProjectPage page_;
  std::string origin_etag_;
  bool has_json_origin_ = true;
  std::unordered_map<std::string, File> files_;
  std::size_t page_bytes_ = 0;
  std::atomic<Instant::rep> seen_current_{0};
  mutable std::mutex mutex_;
  std::array<PageBodyPtr, 6> bodies_;
};

}  // namespace wheelyard::server
