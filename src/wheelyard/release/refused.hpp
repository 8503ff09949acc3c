#pragma once

#include <string>
#include <string_view>

#include "wheelyard/base/error.hpp"

namespace wheelyard::release {

/// Why a step may not be taken, though nothing is broken.
enum class Refusal {
  unknown_rank,        ///< the pipeline has no such rank
  unknown_release,     ///< no release of that name (or version) is here
  nothing_to_promote,  ///< the rank before holds nothing
  skipped_rank,        ///< a rank would be left out
  other_version,       ///< the rank before holds another version (or digest) than was asked for
  gate,                ///< a gate did not pass
  version_taken,       ///< the version stands for other bytes
  being_pushed,        ///< somebody else is pushing that version right now
  file_taken,          ///< the file name belongs to another release's name
  pruned,              ///< its bytes were given up
  nothing_earlier,     ///< there is nothing to roll back to
};
std::string_view to_string(Refusal refusal);

/// The exception of a refused step: an Error whose code fits the refusal (`invalid_argument` for the ranks,
/// `not_found` for what is not there, `already_exists` for what is taken, else `precondition_failed`).
class Refused : public Error {
 public:
  Refused(Refusal refusal, std::string doing, std::string target, std::string reason, std::string hint = {});
  Refusal refusal() const noexcept { return refusal_; }

 private:
  Refusal refusal_;
};

}  // namespace wheelyard::release
