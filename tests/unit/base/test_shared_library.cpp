#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/shared_library.hpp"

namespace wheelyard {
namespace {

using ::testing::HasSubstr;

TEST(SharedLibrary, TheFirstThatIsThereIsLoaded) {
  const SharedLibrary library({"libwheelyard-nowhere.so", "libm.so.6"}, "install it");
  double (*cosine)(double) = nullptr;
  library.find("cos", cosine);
  EXPECT_EQ(cosine(0.0), 1.0);
}

TEST(SharedLibrary, WhatIsMissingIsNamedWithTheHint) {
  try {
    const SharedLibrary library({"libwheelyard-nowhere.so"}, "install it");
    ADD_FAILURE() << "a library that is not there was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("libwheelyard-nowhere.so"));
    EXPECT_EQ(error.hint(), "install it");
  }
  const SharedLibrary library({"libm.so.6"}, "install it");
  void (*function)() = nullptr;
  try {
    library.find("no_such_function", function);
    ADD_FAILURE() << "a function that is not there was found";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("it has no function no_such_function"));
  }
}

}  // namespace
}  // namespace wheelyard
