#pragma once

#include <exception>
#include <mutex>
#include <string>
#include <string_view>

namespace wheelyard::cli {

enum class Style { plain, bold, dim, red, green, yellow };

/// Whoever reads standard output has gone (EPIPE): the program ends quietly.
class OutputClosed : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

/// Where a verb prints. Standard output holds results and nothing else: text, or one JSON document. Notes go
/// to standard error. Thread-safe.
class Output {
 public:
  struct Settings {
    bool json = false;
    bool json_lines = false;  ///< with `json`: a line a document
    bool quiet = false;
    bool colour_out = false;  ///< standard output is a terminal that wants colour
    bool colour_err = false;
    bool terminal_out = false;
    bool terminal_err = false;  ///< standard error is a terminal: a progress line makes sense
  };
  /// As the terminal and NO_COLOR (https://no-color.org) say.
  static Settings detect(bool json, bool quiet);

  explicit Output(Settings settings) : settings_(settings) {}

  /// Once the command line is parsed.
  void set_modes(bool json, bool quiet, bool json_lines = false) {
    settings_.json = json;
    settings_.json_lines = json_lines;
    settings_.quiet = quiet;
  }

  bool json() const { return settings_.json; }
  bool json_lines() const { return settings_.json_lines; }
  bool quiet() const { return settings_.quiet; }
  bool shows_progress() const { return settings_.terminal_err && !settings_.quiet && !settings_.json; }

  /// A line of text on standard output; nothing under --json.
  void line(std::string_view text);
  /// The JSON document, or an event.
  void document(std::string_view json);
  /// Bytes of an object, straight to standard output. Throws as `flush` does.
  void bytes(std::string_view data);
  /// A line for a person on standard error; nothing under --quiet.
  void note(std::string_view text);
  /// A line on standard error, always.
  void diagnostic(std::string_view text);
  /// Replaces the progress line; "" takes it away.
  void progress(std::string_view text);

  /// Text in a style for standard output (or standard error), where colour is wanted.
  std::string paint(Style style, std::string_view text) const;
  std::string paint_err(Style style, std::string_view text) const;

  /// Hands everything to the system. Throws OutputClosed, or Error `unavailable` (disk full).
  void flush();

 private:
  void write_buffer();
  void write_error_line(std::string_view text);
  void write_out(std::string_view bytes);

  Settings settings_;
  std::mutex mutex_;
  std::string buffer_;
  bool progress_shown_ = false;
};

}  // namespace wheelyard::cli
