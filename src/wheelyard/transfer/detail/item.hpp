#pragma once

#include <cstdint>
#include <string>

#include <sys/stat.h>

#include "wheelyard/base/clock.hpp"

namespace wheelyard::transfer {

/// Nanoseconds since 1970.
using FileTime = std::int64_t;

inline FileTime file_time(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}
inline FileTime file_time(TimePoint time) {
  return time.time_since_epoch().count() * 1000;
}
/// Whole seconds: all that every store and file system keeps.
inline std::int64_t in_seconds(FileTime time) {
  return time >= 0 ? time / 1'000'000'000 : -((-time + 999'999'999) / 1'000'000'000);
}

/// A file or an object of a source.
struct Item {
  std::string name;  ///< below the source, with "/" between parts; "" for a single one
  std::uint64_t size = 0;
  std::string etag;  ///< objects only
  FileTime modified = 0;
};

}  // namespace wheelyard::transfer
