#include "wheelyard/cli/interrupt.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr unsigned grace_seconds = 2;
std::atomic<int> signal_seen = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Written beforehand, since a signal's handler may not allocate.
struct LastWords {
  std::array<char, 2'000> text{};
  std::size_t size = 0;
};

std::array<LastWords, 2> drafts;  // one is filled while a handler may read the other
std::atomic<const LastWords*> last_words = nullptr;

/// Whoever does not read what we say keeps nobody from ending.
void say_last_words() {
  const LastWords* words = last_words.load();
  pollfd place{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (words == nullptr || poll(&place, 1, 0) != 1 || (place.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const auto written = write(STDERR_FILENO, words->text.data(), words->size);
}

/// Commands that were begun do not go on without us.
[[noreturn]] void end_here(int signal) {
  kill_children();
  say_last_words();
  _exit(128 + signal);
}

void on_interrupt(int signal) {
  if (signal_seen.exchange(signal) != 0) end_here(signal);
  alarm(grace_seconds);
}

void on_alarm(int) {
  end_here(signal_seen.load());
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  struct sigaction before{};
  // What a parent told us to ignore (nohup) stays ignored.
  if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) return;
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void set_last_hint(std::string_view hint) {
  // A terminal's cursor stands behind a line of progress, or behind the ^C.
  const std::string text =
      std::string(isatty(STDERR_FILENO) == 1 ? "\n" : "") +
      "error: cannot finish the command: it was interrupted, and was ended where it stood\n" +
      "hint:  " + printable(hint) + "\n";
  LastWords& draft = last_words.load() == drafts.data() ? drafts[1] : drafts[0];
  draft.size = std::min(text.size(), draft.text.size());
  std::copy_n(text.begin(), draft.size, draft.text.begin());
  last_words = &draft;
}

void install_interrupt_handlers() {
  set_last_hint(interrupt_hint);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, on_interrupt);
  handle(SIGALRM, on_alarm);
}

int interrupted_by() {
  return signal_seen.load();
}

void check_interrupt() {
  if (interrupted_by() == 0) return;
  throw Error(ErrorCode::cancelled, "finish", "the command", "it was interrupted",
              std::string(interrupt_hint));
}

}  // namespace wheelyard::cli
