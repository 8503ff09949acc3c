#include "wheelyard/cli/output.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t buffer_limit = 64 * 1024;

bool wants_colour(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(descriptor) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string painted(Style style, std::string_view text) {
  const char* code = "";
  switch (style) {
    case Style::plain:
      return std::string(text);
    case Style::bold:
      code = "1";
      break;
    case Style::dim:
      code = "2";
      break;
    case Style::red:
      code = "31";
      break;
    case Style::green:
      code = "32";
      break;
    case Style::yellow:
      code = "33";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

/// The errno of the first failed write, or 0.
int write_whole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Output::Settings Output::detect(bool json, bool quiet) {
  return {.json = json,
          .quiet = quiet,
          .colour_out = wants_colour(STDOUT_FILENO),
          .colour_err = wants_colour(STDERR_FILENO),
          .terminal_out = isatty(STDOUT_FILENO) == 1,
          .terminal_err = isatty(STDERR_FILENO) == 1};
}

void Output::line(std::string_view text) {
  if (settings_.json) return;
  const std::lock_guard lock(mutex_);
  buffer_.append(text).push_back('\n');
  if (buffer_.size() > buffer_limit) write_buffer();
}

void Output::document(std::string_view json) {
  const std::lock_guard lock(mutex_);
  buffer_.append(json).push_back('\n');
  if (buffer_.size() > buffer_limit) write_buffer();
}

void Output::bytes(std::string_view data) {
  const std::lock_guard lock(mutex_);
  write_buffer();
  write_out(data);
}

void Output::note(std::string_view text) {
  if (!settings_.quiet) diagnostic(text);
}

void Output::diagnostic(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write_error_line(std::string(text) + "\n");
}

void Output::progress(std::string_view text) {
  if (!shows_progress()) return;
  const std::lock_guard lock(mutex_);
  write_error_line(text);
  progress_shown_ = !text.empty();
}

// Nobody can be told that standard error cannot be written: such a failure is let pass.
void Output::write_error_line(std::string_view text) {
  std::string bytes = progress_shown_ ? "\r\x1b[K" : "";
  progress_shown_ = false;
  bytes += text;
  write_whole(STDERR_FILENO, bytes);
}

std::string Output::paint(Style style, std::string_view text) const {
  return settings_.colour_out ? painted(style, text) : std::string(text);
}

std::string Output::paint_err(Style style, std::string_view text) const {
  return settings_.colour_err ? painted(style, text) : std::string(text);
}

void Output::flush() {
  const std::lock_guard lock(mutex_);
  write_buffer();
}

void Output::write_buffer() {
  write_out(std::exchange(buffer_, {}));
}

void Output::write_out(std::string_view bytes) {
  if (bytes.empty()) return;
  // A progress line on the same terminal would stand in the middle of the results.
  if (progress_shown_ && settings_.terminal_out) write_error_line("");
  const int problem = write_whole(STDOUT_FILENO, bytes);
  if (problem == EPIPE) throw OutputClosed();
  if (problem != 0) {
    throw Error(ErrorCode::unavailable, "write", "standard output", std::strerror(problem),
                "make room where standard output goes, or send it elsewhere");
  }
}

}  // namespace wheelyard::cli
