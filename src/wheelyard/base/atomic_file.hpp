#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace wheelyard {

/// Writes a file so that a reader sees the old content or the new, never a part: temporary file beside it,
/// fsync, rename, fsync of the folder. Throws `unavailable` (disk full, no permission), leaving nothing
/// behind.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

/// The whole file. Throws `not_found` where there is none, `corrupted` above `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = 64u << 20);

}  // namespace wheelyard
