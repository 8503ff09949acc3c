#pragma once

#include "wheelyard/base/error.hpp"

namespace wheelyard::cli {

/// An Error of what was given on the command line or in the settings, not of the work: the program ends with
/// status 2.
class WrongInput : public Error {
 public:
  explicit WrongInput(const Error& error) : Error(error) {}
};

/// `invalid_argument` that no server has said. Only where nothing but what was given is looked at.
inline bool is_wrong_input(const Error& error) {
  return error.code() == ErrorCode::invalid_argument && error.details().http_status == 0;
}

/// Work that only looks at what was given. Throws WrongInput.
template <class Work>
auto take_input(const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (is_wrong_input(error)) throw WrongInput(error);
    throw;
  }
}

}  // namespace wheelyard::cli
