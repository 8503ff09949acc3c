#include "wheelyard/cli/secret_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::cli {
namespace {

using testing::ElementsAre;

/// Writable arguments as main gets them.
struct Arguments {
  explicit Arguments(std::vector<std::string> given) : texts(std::move(given)) {
    for (auto& text : texts) pointers.push_back(text.data());
  }
  std::vector<std::string> take() {
    return take_arguments(static_cast<int>(pointers.size()), pointers.data());
  }
  std::vector<std::string> texts;
  std::vector<char*> pointers;
};

TEST(SecretArguments, AreTakenAndOverwritten) {
  Arguments arguments(
      {"s3pypi", "--aws_secret_access_key", "hush", "a.whl", "--aws_secret_access_key=quiet"});
  EXPECT_THAT(arguments.take(), ElementsAre("s3pypi", "--aws_secret_access_key", "hush", "a.whl",
                                            "--aws_secret_access_key=quiet"));
  EXPECT_THAT(arguments.texts, ElementsAre("s3pypi", "--aws_secret_access_key", "****", "a.whl",
                                           "--aws_secret_access_key=*****"));
}

TEST(SecretArguments, OthersAreLeftAlone) {
  Arguments arguments(
      {"s3pypi", "--aws_access_key_id", "AKIA", "--aws_secret_access_keys=x", "--aws_secret_access_key"});
  const auto before = arguments.texts;
  arguments.take();
  EXPECT_EQ(arguments.texts, before);
}

}  // namespace
}  // namespace wheelyard::cli
