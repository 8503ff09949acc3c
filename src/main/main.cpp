#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/cli/program.hpp"
#include "wheelyard/cli/secret_arguments.hpp"

namespace {

/// Started with a standard stream closed, the first file that is opened would take its number and get what is
/// printed: hold the place.
void hold_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) == -1) open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  return wheelyard::cli::run_program(wheelyard::cli::take_arguments(argc, argv));
}
