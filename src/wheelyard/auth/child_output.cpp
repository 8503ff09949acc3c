#include "wheelyard/auth/child_output.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxErrors = 4096;

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw system_error_for("make", "a pipe", errno);
    }
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
};

/// Takes what is there; closes at the end.
void take(FileDescriptor& from, std::string& into) {
  std::array<char, 4096> buffer{};
  const auto count = read_some(from.get(), buffer.data(), buffer.size(), "a pipe");
  into.append(buffer.data(), count);
  if (count == 0) {
    from.reset();
  }
}

}  // namespace

ChildOutput run_child(const std::vector<std::string>& words, const ChildLimits& limits) {
  Pipe output;
  Pipe errors;
  const auto end = steady_clock::now() + limits.time;
  ChildProcess child({.words = words,
                      .output = output.writing.get(),
                      .errors = errors.writing.get(),
                      .empty_input = ::isatty(STDIN_FILENO) == 0});
  output.writing.reset();
  errors.writing.reset();
  const auto late = [&] {
    return Error(ErrorCode::unavailable, "run", words[0],
                 "it had not ended after " + std::to_string(limits.time.count() / 1000.0).substr(0, 5) + " s",
                 "run it by hand and see what it waits for");
  };

  ChildOutput result;
  while (output.reading || errors.reading) {
    std::array<pollfd, 2> waiting{
        {{output.reading.get(), POLLIN, 0}, {errors.reading.get(), POLLIN, 0}}};  // -1 is passed over
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    if (left <= milliseconds(0)) {
      throw late();
    }
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      throw system_error_for("wait for", words[0], errno);
    }
    if (waiting[0].revents != 0) {
      take(output.reading, result.output);
    }
    if (waiting[1].revents != 0) {
      take(errors.reading, result.errors);
    }
    if (result.output.size() > limits.output) {
      throw Error(ErrorCode::corrupted, "run", words[0],
                  "it wrote more than " + std::to_string(limits.output) + " bytes",
                  "check that it is the right command");
    }
    if (result.errors.size() > 2 * kMaxErrors) {
      result.errors.erase(0, result.errors.size() - kMaxErrors);
    }
  }
  const auto ended = child.wait_until(end);
  if (!ended) {
    throw late();
  }
  // Where the end is not known, what it wrote must tell.
  result.status = ended->status;
  result.signal = ended->signal;
  return result;
}

}  // namespace wheelyard::auth
