// One rank of a pipeline: what it holds, since when, and how it stands to the rank before.
#include "wheelyard/release/page_parts.hpp"
#include "wheelyard/release/page_text.hpp"

namespace wheelyard::release {
namespace {

/// Longer ones, as the random ones that s3p gives, are set smaller.
constexpr std::size_t long_version = 18;

struct Mark {
  std::string_view style;
  std::string text;
};

/// How the rank stands to the one before it; no text where there is nothing to say.
Mark mark_of(const RankStatus& rank, const RankStatus* before) {
  if (!rank.in_pipeline) return {"quiet", "no longer a rank"};
  if (!rank.standing || before == nullptr || !before->standing) return {};
  if (rank.standing->release == before->standing->release) return {"good", "same as " + before->rank};
  if (rank.behind.value_or(0) > 0) return {"behind", std::to_string(*rank.behind) + " behind"};
  return {"behind", "other than " + before->rank};
}

std::string approvals(const RankStatus& rank) {
  std::string out;
  for (const auto& approval : rank.approvals) {
    out += "<p class=\"approval\"><b>" + html_name(approval.release.version) + "</b> approved by " +
           html_name(approval.by.identity) + ", " + html_time(approval.at);
    if (!approval.note.empty()) out += ": <q>" + html_lines(approval.note) + "</q>";
    out += "</p>\n";
  }
  return out;
}

std::string standing_text(const RankStatus& rank) {
  const Standing& standing = *rank.standing;
  const bool is_long = standing.release.version.size() > long_version;
  std::string out = std::string("<p class=\"version") + (is_long ? " long" : "") + "\">" +
                    html_name(standing.release.version) + "</p>\n<p class=\"meta\">" +
                    html_digest(standing.release.digest);
  if (rank.files > 0) out += " · " + count_text(rank.files, "file") + ", " + size_text(rank.size);
  out += "</p>\n<p class=\"meta\">since " + html_time(standing.since);
  if (!standing.by.identity.empty()) out += " · " + html_name(standing.by.identity);
  return out + "</p>\n";
}

}  // namespace

std::string render_rank(const RankStatus& rank, const RankStatus* before) {
  const Mark mark = mark_of(rank, before);
  std::string style = rank.standing ? "holds" : "empty";
  if (!mark.style.empty()) style += " is-" + std::string(mark.style);
  std::string out = "<li class=\"" + style + "\">\n<div class=\"rank\"><h3>" + html_name(rank.rank) + "</h3>";
  if (!mark.text.empty())
    out += " <span class=\"mark " + std::string(mark.style) + "\">" + html_name(mark.text) + "</span>";
  if (!rank.settled) {
    out += " <span class=\"mark work\" title=\"The files at " + html_text(rank.rank) +
           "/ are being brought in line, or will be by the next command.\">not settled</span>";
  }
  out += "</div>\n";
  out += rank.standing ? standing_text(rank) : "<p class=\"version\">nothing yet</p>\n";
  return out + approvals(rank) + "</li>\n";
}

}  // namespace wheelyard::release
