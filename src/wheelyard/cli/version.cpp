#include "wheelyard/cli/program.hpp"

namespace wheelyard::cli {

std::string_view program_version() {
  return WHEELYARD_VERSION;
}

}  // namespace wheelyard::cli
