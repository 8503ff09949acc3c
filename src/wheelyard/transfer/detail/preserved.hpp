#pragma once

#include <map>
#include <optional>
#include <string>

#include "wheelyard/transfer/detail/item.hpp"

namespace wheelyard::transfer {

/// A file's time and mode in an object's metadata, by the names and in the forms of others: "mtime" in
/// seconds with nine decimals as rclone writes it, "mode" as an octal number with a leading zero.
void add_preserved(std::map<std::string, std::string>& metadata, const struct stat& status);

struct Preserved {
  std::optional<FileTime> modified;
  std::optional<mode_t> mode;  ///< permissions alone; nothing that gives another's rights
};

/// Reads also what s3fs writes ("mode" as a decimal number) and RFC 3339 times. What it cannot read is as if
/// it were not there.
Preserved read_preserved(const std::map<std::string, std::string>& metadata);

}  // namespace wheelyard::transfer
