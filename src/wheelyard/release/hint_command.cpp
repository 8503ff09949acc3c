#include "wheelyard/release/hint_command.hpp"

#include "wheelyard/base/text.hpp"

namespace wheelyard::release {

std::string hint_command(std::string_view verb, std::string_view name, std::string_view options) {
  auto text = "wheelyard release " + std::string(verb) + " " + shell_word(printable(name, 200));
  if (!options.empty()) text += " " + std::string(options);
  return "'" + text + "'";
}

}  // namespace wheelyard::release
