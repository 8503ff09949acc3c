#pragma once

#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::test_support {

/// The Error that `action` throws; fails the test where it throws none.
template <typename Action>
Error error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(ErrorCode::cancelled, "test", "test", "no error was thrown");
}

template <typename Action>
ErrorCode code_of(const Action& action) {
  return error_of(action).code();
}

}  // namespace wheelyard::test_support
