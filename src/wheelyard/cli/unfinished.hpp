#pragma once

#include <functional>
#include <optional>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

struct AbortRequest {
  ObjectPlace place;
  bool recursive = false;  ///< of all keys that begin so; else of this very key
  std::optional<TimePoint> begun_before;
  bool dry_run = false;
};

/// Aborts uploads that were begun and neither completed nor aborted; each is told to `on_item`.
transfer::TransferReport abort_unfinished(const AbortRequest& request,
                                          const std::function<void(const transfer::ItemEvent&)>& on_item);

}  // namespace wheelyard::cli
