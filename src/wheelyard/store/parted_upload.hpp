#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/store/object_types.hpp"

namespace wheelyard::store {

/// What a backend allows of uploads in parts.
struct PartLimits {
  std::uint64_t smallest = 0;  ///< bytes of every part but the last
  std::uint64_t largest = 0;   ///< bytes of a part; of an object in one put, too
  std::uint32_t most = 0;      ///< parts of an upload
};

/// A part that the store has.
struct Part {
  std::uint32_t number = 0;  ///< 1 to PartLimits::most; the object is the parts in this order
  std::uint64_t size = 0;
  std::string etag;
  std::optional<ObjectChecksum> checksum;
};

/// An object that is put in parts: nothing is seen of it until it is completed. Parts may be sent from many
/// threads at once and in any order; the rest is one thread's. Destroying it neither completes nor aborts.
class PartedUpload {
 public:
  virtual ~PartedUpload() = default;

  /// Names the upload to `resume_parts`.
  virtual const std::string& id() const = 0;
  /// Sends a part with its checksum, or replaces it. `not_found`: somebody has ended the upload.
  virtual Part put_part(std::uint32_t number, const SourcePtr& body) = 0;
  /// Makes a part of bytes that a store holds already, without moving them through here. The upload has to
  /// be begun with `copied_parts`: else `invalid_argument`.
  virtual Part copy_part(std::uint32_t number, const std::string& from, const ByteRange& range,
                         const CopyOptions& options) = 0;
  /// The parts that the store has, by number: what an interrupted upload need not send again.
  virtual std::vector<Part> parts() = 0;
  /// Makes the object of exactly these parts, held to the mode that the upload was begun with; a condition
  /// that does not hold is told as by `put`, and the parts stay until `abort`. After an answer that was lost
  /// it is looked whether the object is the one that was meant.
  virtual PutResult complete(const std::vector<Part>& parts) = 0;
  /// Drops all parts. No error where nothing is left to drop.
  virtual void abort() = 0;
};

struct UnfinishedUpload {
  std::string key;
  std::string id;
  TimePoint begun{};
};

}  // namespace wheelyard::store
