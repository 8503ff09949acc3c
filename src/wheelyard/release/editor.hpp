#pragma once

#include <functional>
#include <optional>
#include <string>

#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// What an edit wants: `entry` without seq, previous and id, which are filled in; `apply` is done for it.
struct Change {
  bool changed = false;
  std::optional<Entry> entry;
  /// Called with the state after the entry was applied, its number known.
  std::function<void(PipelineState&)> then;
};

struct Edited {
  StoredState stored;  ///< as it is now
  bool changed = false;
  std::uint64_t seq = 0;  ///< of the entry that was written; 0: none
};

/// One change to one state, as often as it takes: `edit` sees what is there now, and may throw to end it.
/// `first`: the state where it was read already. After a lost answer the entry's id tells whether it was
/// written: nothing happens twice.
Edited edit_state(const StateStore& states, const std::string& name, std::optional<StoredState> first,
                  const std::function<Change(PipelineState&)>& edit);

}  // namespace wheelyard::release
