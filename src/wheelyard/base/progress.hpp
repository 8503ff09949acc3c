#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace wheelyard {

/// One step of long work, for whoever wants to show it. The library itself never prints.
struct ProgressEvent {
  enum class Kind { started, advanced, finished, note };
  Kind kind = Kind::note;
  std::string item;         ///< a file, a key, a project
  std::string message;      ///< for a person
  std::uint64_t done = 0;   ///< bytes or items
  std::uint64_t total = 0;  ///< 0 where unknown
};

/// Called from any thread, one call at a time per operation. May be empty.
using ProgressSink = std::function<void(const ProgressEvent&)>;

}  // namespace wheelyard
