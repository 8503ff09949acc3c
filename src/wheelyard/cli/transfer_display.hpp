#pragma once

#include <chrono>
#include <string>

#include "wheelyard/cli/output.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

/// How a transfer is shown: a line or an event an item, failures on standard error as they happen, a progress
/// line on a terminal, and the sum of it all.
class TransferDisplay {
 public:
  struct Settings {
    bool dry_run = false;
    bool shows_skipped = true;    ///< in text; events tell of all
    bool stdout_is_data = false;  ///< what is transferred goes there: lines for a person go to standard error
    bool silent_progress = false;
  };

  TransferDisplay(Output& output, Settings settings);

  /// To be handed to the library; must not outlive this. They also end the work when a signal has come.
  transfer::TransferSinks sinks();
  /// Prints the sum. The exit status.
  int finish(const transfer::TransferReport& report);

 private:
  using Steady = std::chrono::steady_clock;

  void item(const transfer::ItemEvent& item);
  void print_failure(const transfer::ItemEvent& item);
  void progress(const transfer::TransferProgress& progress);
  std::string progress_text(const transfer::TransferProgress& progress, Steady::time_point time);
  void line(const std::string& text);

  Output& output_;
  Settings settings_;
  Steady::time_point begun_ = Steady::now();
  Steady::time_point drawn_ = begun_;
  Steady::time_point flushed_ = begun_;
  std::uint64_t failures_ = 0;
  std::string last_hint_;
  std::uint64_t last_bytes_ = 0;
  double rate_ = 0;  ///< bytes a second, the last seconds weighing most
};

}  // namespace wheelyard::cli
