#include "wheelyard/cli/release/step_output.hpp"

#include "wheelyard/base/duration.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t shown_digits = 12;

using release::Action;
using release::StepReport;

std::string release_text(const release::Manifest& manifest) {
  return printable(manifest.name + " " + manifest.version) + " (" + short_digest(manifest.digest()) + ")";
}

std::string done_text(const StepReport& report) {
  const auto what = release_text(report.manifest);
  const auto rank = printable(report.rank);
  switch (report.action) {
    case Action::push:
      return "pushed " + what + " to " + rank;
    case Action::rollback:
      return "rolled " + rank + " back to " + what;
    case Action::approve:
      return "approved " + what + " for " + rank;
    default:
      return "promoted " + what + " from " + printable(report.source) + " to " + rank;
  }
}

std::string unchanged_text(const StepReport& report) {
  const auto what = release_text(report.manifest);
  if (report.action == Action::approve)
    return "you have approved " + what + " for " + report.rank + " already";
  return printable(report.rank) + " holds " + what + " already";
}

}  // namespace

std::string short_digest(const std::string& digest) {
  return digest.substr(0, shown_digits);
}

std::string time_and_age(TimePoint time, TimePoint now) {
  const auto age = std::chrono::floor<std::chrono::seconds>(now - time);
  return iso_seconds(time) + " (" + spoken_duration(age) + " ago)";
}

void print_step(Output& output, const StepReport& report, const std::string& store) {
  output.progress("");
  if (output.json()) return output.document(step_json(report, store));
  if (output.quiet()) return;
  if (report.outcome == StepReport::Outcome::unchanged) return output.line(unchanged_text(report));
  for (const auto& gate : report.gates)
    output.line(output.paint(Style::dim, printable(gate.gate + ": " + gate.detail)));
  std::string line = output.paint(Style::green, done_text(report));
  const bool is_other = report.previous && report.action != Action::approve;
  if (is_other) line += "; it held " + printable(report.previous->version) + " before";
  output.line(line);
  if (report.outcome == StepReport::Outcome::superseded)
    output.note("somebody else has put another release into " + printable(report.rank) + " since");
}

}  // namespace wheelyard::cli
