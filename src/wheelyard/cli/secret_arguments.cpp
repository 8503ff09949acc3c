#include "wheelyard/cli/secret_arguments.hpp"

#include <cstring>
#include <string_view>

namespace wheelyard::cli {
namespace {

constexpr std::string_view secret_option = "--aws_secret_access_key";

void overwrite(char* text) {
  std::memset(text, '*', std::strlen(text));
}

}  // namespace

std::vector<std::string> take_arguments(int count, char** arguments) {
  std::vector<std::string> taken(arguments, arguments + count);
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = taken[static_cast<std::size_t>(i)];
    if (argument == secret_option && i + 1 < count) {
      overwrite(arguments[++i]);
    } else if (argument.starts_with(secret_option) &&
               argument.substr(secret_option.size()).starts_with('=')) {
      overwrite(arguments[i] + secret_option.size() + 1);
    }
  }
  return taken;
}

}  // namespace wheelyard::cli
