// The history of a pipeline, a sentence a step.
#include <algorithm>

#include "wheelyard/base/text.hpp"
#include "wheelyard/release/page_parts.hpp"
#include "wheelyard/release/page_text.hpp"

namespace wheelyard::release {
namespace {

std::string version_of(const std::optional<Reference>& reference) {
  if (!reference) return "nothing";
  return "<b title=\"" + html_text(reference->digest) + "\">" + html_name(reference->version) + "</b>";
}

std::string pruned_versions(const Entry& entry) {
  constexpr std::size_t most = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, entry.pruned.size()); ++i) {
    if (i > 0) out += ", ";
    out += version_of(entry.pruned[i]);
  }
  if (entry.pruned.size() > most) out += " and " + std::to_string(entry.pruned.size() - most) + " more";
  return out.empty() ? "nothing" : out;
}

std::string sentence(const Entry& entry) {
  const std::string rank = html_name(entry.rank);
  const std::string to = version_of(entry.to);
  switch (entry.action) {
    case Action::push:
      return to + " into " + rank;
    case Action::promote:
      return to + " from " + html_name(entry.source) + " to " + rank;
    case Action::rollback:
      return rank + " back to " + to;
    case Action::undo:
      return "step " + std::to_string(entry.undone) + " taken back: " + rank + " holds " + to + " again";
    case Action::adopt:
      return to + " found in " + rank;
    case Action::approve:
      return to + " for " + rank;
    case Action::prune:
      break;
  }
  return "the bytes of " + pruned_versions(entry) + " given up";
}

/// What else there is to say, in small print.
std::string details(const Entry& entry) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : " · ") + text; };
  if (!entry.by.identity.empty()) add("by " + html_name(entry.by.identity));
  if (const auto link = html_link(entry.by.run, "CI run"); !link.empty()) add(link);
  const bool moves = entry.action != Action::approve && entry.action != Action::prune;
  if (moves && entry.from) add("before: " + version_of(entry.from));
  for (const auto& rank : entry.skipped) add("past " + html_name(rank));
  for (const auto& gate : entry.gates) {
    add("gate " + html_name(gate.gate) + (gate.passed ? " passed" : " <b>did not pass</b>") +
        (gate.detail.empty() ? "" : " (" + html_text(gate.detail) + ")"));
  }
  return out.empty() ? "" : "<p class=\"meta\">" + out + "</p>\n";
}

std::string line(const Entry& entry) {
  const std::string action(to_string(entry.action));
  std::string out = "<li value=\"" + std::to_string(entry.seq) +
                    "\">\n<p class=\"when\"><span class=\"seq\">" + std::to_string(entry.seq) + "</span> " +
                    html_time(entry.at) + "</p>\n<div>\n<p><span class=\"action " + action + "\">" + action +
                    "</span> " + sentence(entry) + "</p>\n";
  if (!trim(entry.note).empty()) out += "<p class=\"note\">" + html_lines(entry.note) + "</p>\n";
  return out + details(entry) + "</div>\n</li>\n";
}

}  // namespace

std::string render_history(const PagePipeline& pipeline) {
  if (pipeline.entries.empty()) return {};
  const std::uint64_t all = std::max<std::uint64_t>(pipeline.status.seq, pipeline.entries.size());
  std::string summary = "History <span class=\"meta\">" + count_text(all, "step");
  if (pipeline.entries.size() < all)
    summary += ", the latest " + std::to_string(pipeline.entries.size()) + " here";
  summary += "</span>";
  std::string out = "<details>\n<summary>" + summary + "</summary>\n<ol class=\"history\" reversed>\n";
  for (const auto& entry : pipeline.entries) out += line(entry);
  return out + "</ol>\n</details>\n";
}

}  // namespace wheelyard::release
