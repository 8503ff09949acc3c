#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "wheelyard/package/archive/decompressor.hpp"

namespace wheelyard::package {

/// One member of an archive, whatever its format.
struct ArchiveMember {
  enum class Kind { file, folder, symbolic_link, hard_link, device };
  std::string path;  ///< bytes as the archive has them
  Kind kind = Kind::file;
  std::string target;  ///< of a link
  std::uint64_t size = 0;
  std::uint32_t mode = 0;  ///< permission bits, 07777
};

/// What comes of a member, piece by piece.
using MemberSink = std::function<void(std::string_view)>;

/// Reads a tar (POSIX ustar and pax, GNU, old) member by member, to the end of `input`. For every member
/// `visit` is called; it may call the function that it gets, once, for the content. What holes of a sparse
/// member come to is not in the input's budget: the sink has to count.
void stream_tar(
    Decompressor& input, const Fault& fault,
    const std::function<void(const ArchiveMember&, const std::function<void(const MemberSink&)>&)>& visit);

/// The same with the content in memory: more than `limit` bytes is `corrupted`.
void read_tar(Decompressor& input, const Fault& fault,
              const std::function<void(const ArchiveMember&,
                                       const std::function<std::string(std::uint64_t limit)>&)>& visit);

}  // namespace wheelyard::package
