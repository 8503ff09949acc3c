#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <malloc.h>
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

/// What is freed is kept for the next page, part or request: left alone, malloc would give it back to the
/// system each time, and a third of a listing's CPU time would go into faulting the same pages in again.
void keep_freed_memory() {
  constexpr int largest_kept = 4 << 20;
  constexpr int most_kept = 8 << 20;
  mallopt(M_MMAP_THRESHOLD, largest_kept);
  mallopt(M_TRIM_THRESHOLD, most_kept);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  keep_freed_memory();
  return wheelyard::cli::run_program(wheelyard::cli::take_arguments(argc, argv));
}
