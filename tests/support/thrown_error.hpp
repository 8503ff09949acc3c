#pragma once

#include <string>

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

/// What the Error of `action` says, hint included; its code has to be `expected`.
template <typename Action>
std::string message_of(const Action& action, ErrorCode expected = ErrorCode::invalid_argument) {
  const auto error = error_of(action);
  EXPECT_EQ(error.code(), expected) << error.what();
  return std::string(error.what()) + " | " + error.hint();
}

}  // namespace wheelyard::test_support
