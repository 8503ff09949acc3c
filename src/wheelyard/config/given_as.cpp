#include "wheelyard/config/given_as.hpp"

namespace wheelyard::config {

std::string given_name(GivenAs given_as, std::string_view name) {
  return given_as == GivenAs::options ? "--" + std::string(name) : std::string(name) + "=";
}

std::string given_value(GivenAs given_as, std::string_view name, std::string_view value) {
  const auto text = given_name(given_as, name);
  return given_as == GivenAs::options ? text + " " + std::string(value)
                                      : text + "\"" + std::string(value) + "\"";
}

}  // namespace wheelyard::config
