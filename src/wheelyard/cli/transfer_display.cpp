#include "wheelyard/cli/transfer_display.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/transfer_words.hpp"
#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {
namespace {

using transfer::ItemEvent;
using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds redraw_interval{200};
/// Whoever follows the events sees them not much later than they happen.
constexpr std::chrono::milliseconds flush_interval{250};
constexpr std::size_t bar_width = 20;
constexpr double rate_memory = 5;  // seconds

std::size_t terminal_width() {
  struct winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(seconds, 359999.0));
  std::array<char, 32> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%d:%02d:%02d", static_cast<int>(whole / 3600),
                  static_cast<int>(whole / 60 % 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%d:%02d", static_cast<int>(whole / 60),
                  static_cast<int>(whole % 60));
  }
  return text.data();
}

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(),
                seconds < 1    ? "%.2f s"
                : seconds < 10 ? "%.1f s"
                               : "%.0f s",
                seconds);
  return seconds < 60 ? text.data() : clock_text(seconds);
}

std::string rate_text(double rate) {
  return human_size(static_cast<std::uint64_t>(rate)) + "/s";
}

std::string bar(double part) {
  const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * bar_width);
  return "[" + std::string(full, '#') + std::string(bar_width - full, ' ') + "]";
}

Style style_of(const ItemEvent& item) {
  if (item.outcome == ItemEvent::Outcome::skipped) return Style::dim;
  return item.action == ItemEvent::Action::remove ? Style::yellow : Style::green;
}

}  // namespace

TransferDisplay::TransferDisplay(Output& output, Settings settings) : output_(output), settings_(settings) {}

transfer::TransferSinks TransferDisplay::sinks() {
  return {.on_item = [this](const ItemEvent& event) { item(event); },
          .on_progress = [this](const transfer::TransferProgress& state) { progress(state); }};
}

void TransferDisplay::line(const std::string& text) {
  if (settings_.stdout_is_data) {
    output_.note(text);
  } else if (!output_.quiet()) {
    output_.line(text);
  }
}

void TransferDisplay::item(const ItemEvent& item) {
  check_interrupt();
  if (item.outcome == ItemEvent::Outcome::failed) ++failures_;
  if (output_.json()) return output_.document(item_event(item));
  if (item.outcome == ItemEvent::Outcome::failed) return print_failure(item);
  if (output_.quiet()) return;
  const bool skipped = item.outcome == ItemEvent::Outcome::skipped;
  if (skipped && !settings_.shows_skipped) return;
  const std::string word(item_word(item));
  std::string text = settings_.stdout_is_data ? word : output_.paint(style_of(item), word);
  text += "  " + printable(item.source.empty() ? item.target : item.source, 4096);
  if (!item.source.empty() && !item.target.empty()) text += " -> " + printable(item.target, 4096);
  if (!item.reason.empty()) text += " (" + printable(item.reason) + ")";
  line(text);
}

/// A thousand files that may not be read share one hint.
void TransferDisplay::print_failure(const ItemEvent& item) {
  const std::string message = item.error ? item.error->what() : "cannot transfer " + item.source;
  output_.diagnostic(output_.paint_err(Style::red, "error:") + " " + printable(message));
  const std::string hint = item.error ? item.error->hint() : "";
  if (hint.empty() || hint == last_hint_) return;
  last_hint_ = hint;
  output_.diagnostic(output_.paint_err(Style::dim, "hint:") + "  " + printable(hint));
}

void TransferDisplay::progress(const transfer::TransferProgress& progress) {
  check_interrupt();
  const auto time = Steady::now();
  if (time - flushed_ >= flush_interval && !settings_.stdout_is_data) {
    flushed_ = time;
    output_.flush();
  }
  if (settings_.silent_progress || !output_.shows_progress() || time - drawn_ < redraw_interval) return;
  output_.progress(progress_text(progress, time));
  drawn_ = time;
}

std::string TransferDisplay::progress_text(const transfer::TransferProgress& progress,
                                           Steady::time_point time) {
  const double step = Seconds(time - drawn_).count();
  const auto moved = static_cast<double>(progress.bytes_done - std::min(last_bytes_, progress.bytes_done));
  const double keep = last_bytes_ == 0 ? 0 : std::exp(-step / rate_memory);
  rate_ = keep * rate_ + (1 - keep) * moved / step;
  last_bytes_ = progress.bytes_done;

  const std::string items = std::to_string(progress.items_done) + "/" + std::to_string(progress.items_known);
  std::string text;
  if (progress.all_known) {
    const bool by_bytes = progress.bytes_known > 0;
    const auto done = static_cast<double>(by_bytes ? progress.bytes_done : progress.items_done);
    const auto known = static_cast<double>(by_bytes ? progress.bytes_known : progress.items_known);
    const double part = known > 0 ? done / known : 0;
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), " %3d%%", static_cast<int>(part * 100));
    text = bar(part) + percent.data() + "  " + items;
    if (by_bytes) text += "  " + human_size(progress.bytes_done) + "/" + human_size(progress.bytes_known);
    text += "  " + rate_text(rate_);
    const double elapsed = Seconds(time - begun_).count();
    if (part > 0) {
      const double left = by_bytes && rate_ > 1 ? (known - done) / rate_ : elapsed / part - elapsed;
      text += "  ETA " + clock_text(std::max(0.0, left));
    }
  } else {
    text = items + "+  " + human_size(progress.bytes_done) + "  " + rate_text(rate_);
  }
  text.resize(std::min(text.size(), terminal_width() - 1));
  return text;
}

int TransferDisplay::finish(const transfer::TransferReport& report) {
  output_.progress("");
  const double seconds = Seconds(Steady::now() - begun_).count();
  const int status = report.failed == 0 && failures_ == 0 ? exit_success : exit_failure;
  if (output_.json()) {
    output_.document(transfer_summary_event(report, seconds, settings_.dry_run));
    return status;
  }
  std::vector<std::string> counts;
  const auto add = [&counts](std::uint64_t number, const char* what) {
    if (number > 0) counts.push_back(std::to_string(number) + " " + what);
  };
  add(report.done, settings_.dry_run ? "to do" : "done");
  add(report.removed, settings_.dry_run ? "to remove" : "removed");
  add(report.skipped, "skipped");
  add(report.failed, "failed");
  std::string text = settings_.dry_run ? "dry run: " : "";
  text += counts.empty() ? "nothing to do" : join(counts, ", ");
  if (report.bytes > 0) {
    text += "; " + human_size(report.bytes);
    if (!settings_.dry_run)
      text += " in " + seconds_text(seconds) + ", " +
              rate_text(static_cast<double>(report.bytes) / std::max(seconds, 0.001));
  }
  line(text);
  return status;
}

}  // namespace wheelyard::cli
