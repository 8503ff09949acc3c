#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace wheelyard {

/// Where bytes are pushed to. What `write` throws ends the pushing, and is thrown on by whoever pushes.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// All of them. The bytes are there during the call only.
  virtual void write(std::string_view bytes) = 0;
};

/// A stream of bytes that is pulled. Not thread-safe. Throws Error.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Reads up to `capacity` bytes (at least 1 is asked for); blocks until some are there. Returns 0 at the
  /// end only.
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;
  /// Everything that is left goes into the sink, in order, in pieces of the reader's choice (seldom more than
  /// 512 KiB, none of them empty). An answer's body comes straight out of the connection's buffer: no copy,
  /// so this is the way to read what is large. Returns how many bytes there were.
  virtual std::uint64_t copy_to(ByteSink& sink);
};

/// Bytes that can be read more than once, from the start each time: what an upload is made from, so that it
/// can be sent again. Immutable, thread-safe.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  virtual std::unique_ptr<Reader> open() const = 0;
  /// The bytes themselves where they are in memory already; a null view otherwise.
  virtual std::string_view in_memory() const { return {}; }
};
using SourcePtr = std::shared_ptr<const Source>;

/// Of bytes that `owner` holds, or else whoever reads, as long as the reader is there.
std::unique_ptr<Reader> view_reader(std::string_view bytes, std::shared_ptr<const void> owner = {});
SourcePtr bytes_source(std::string bytes);
/// The file's size is taken now. A reader fails (`corrupted`) when the file has another size later on.
SourcePtr file_source(const std::filesystem::path& path);

/// Everything that is left. More than `limit` bytes: Error `corrupted`, naming `what`.
std::string read_all(Reader& reader, std::uint64_t limit, std::string_view what);
/// The whole file. Throws `not_found` where there is none, `corrupted` above `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = 64u << 20);

}  // namespace wheelyard
