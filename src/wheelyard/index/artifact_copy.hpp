#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// Bytes that lie in one repository and are to lie in another too.
struct ArtifactCopy {
  std::shared_ptr<store::ObjectStore> from;
  std::string from_key;
  std::shared_ptr<store::ObjectStore> to;
  std::string to_key;
  std::string sha256;         ///< what they must have, hexadecimal
  std::uint64_t size = 0;     ///< bytes
  store::PutOptions options;  ///< of the copy; the mode is `create` whatever they say
};

/// How the bytes went.
enum class CopyWay {
  whole,   ///< through memory, being small
  server,  ///< the server copied them
  stream,  ///< through here, in pieces
};

/// The words of JSON output: "whole", "server", "stream".
std::string_view to_string(CopyWay way);

/// Larger files are copied by the server where it can: a small one takes fewer requests through memory.
inline constexpr std::uint64_t largest_whole_copy = 1u << 20;

/// Makes the copy by `create`: `already_exists` where the name is taken, and then nothing has changed. Bytes
/// that have not this digest and size are `corrupted`, naming the source. What goes through here is digested
/// before the object is made. What the server copies is put together from parts, since a completion holds to
/// `create` where a copy does not; it is read once afterwards, so that after an error the name may hold wrong
/// bytes: the caller takes them away.
CopyWay copy_artifact(const ArtifactCopy& what);

}  // namespace wheelyard::index
