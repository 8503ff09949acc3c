// Runs a command and writes what it took into a file: bench_timed FILE COMMAND [ARGUMENT...]
// A process that is started by a large one seems to have been as large from its start (the kernel keeps the
// peak of resident memory over exec), so that Python cannot take a small program's measure itself.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

pid_t child = 0;

void pass_on(int number) {
  if (child > 0) ::kill(child, number);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_timed FILE COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const auto begun = std::chrono::steady_clock::now();
  if (const int failure = ::posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ);
      failure != 0) {
    std::fprintf(stderr, "bench_timed: %s: %s\n", argv[2], std::strerror(failure));
    return 127;
  }
  std::signal(SIGTERM, pass_on);
  std::signal(SIGINT, pass_on);
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  std::FILE* out = std::fopen(argv[1], "w");
  if (out == nullptr) return 1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::fprintf(out, "{\"status\": %d, \"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, \"peak_kib\": %ld}\n",
               code, wall.count(), seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss);
  std::fclose(out);
  return code;
}
