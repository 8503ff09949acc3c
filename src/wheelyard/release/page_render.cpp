// The document: its head, the summary, and a section for each pipeline.
#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/release/page_parts.hpp"
#include "wheelyard/release/page_text.hpp"

namespace wheelyard::release {
namespace {

/// Three dots on a line, as the ranks are drawn.
constexpr std::string_view icon =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M2 8h12' stroke='%238793a6' stroke-width='2'/%3E"
    "%3Cg fill='%232f7d57'%3E%3Ccircle cx='3' cy='8' r='2.5'/%3E%3Ccircle cx='8' cy='8' r='2.5'/%3E"
    "%3Ccircle cx='13' cy='8' r='2.5'/%3E%3C/g%3E%3C/svg%3E";

std::string head(const PageContent& content) {
  const std::string style(page_style());
  const std::string policy = "default-src 'none'; style-src 'sha256-" +
                             to_base64(digest(DigestAlgorithm::sha256, style)) +
                             "'; img-src data:; base-uri 'none'; form-action 'none'";
  return std::string(page_beginning) + "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         html_text(content.title) + "</title>\n<link rel=\"icon\" href=\"" + std::string(icon) +
         "\">\n<style>" + style + "</style>\n</head>\n";
}

/// The n-th section's id: names may hold what no id can.
std::string anchor(std::size_t index) {
  return "p" + std::to_string(index + 1);
}

/// Whether a rank holds another release than the one before it.
bool is_behind(const PagePipeline& pipeline) {
  const RankStatus* before = nullptr;
  for (const auto& rank : pipeline.status.ranks) {
    if (!rank.in_pipeline) break;
    const bool both_hold = before != nullptr && before->standing && rank.standing;
    if (both_hold && before->standing->release != rank.standing->release) return true;
    before = &rank;
  }
  return false;
}

/// Which pipelines have something on its way, as links: the first thing that somebody wants to know.
std::string waiting(const PageContent& content) {
  constexpr std::size_t most = 12;
  std::string links;
  std::size_t count = 0;
  for (std::size_t i = 0; i < content.pipelines.size(); ++i) {
    if (!is_behind(content.pipelines[i])) continue;
    if (++count > most) continue;
    links +=
        "<li><a href=\"#" + anchor(i) + "\">" + html_name(content.pipelines[i].status.name) + "</a></li>\n";
  }
  if (count == 0 || content.pipelines.size() == 1) return {};
  if (count > most) links += "<li>and " + std::to_string(count - most) + " more</li>\n";
  return "<nav class=\"waiting\" aria-labelledby=\"waiting\">\n<h2 id=\"waiting\">Something is waiting "
         "in</h2>"
         "\n<ul>\n" +
         links + "</ul>\n</nav>\n";
}

std::string header(const PageContent& content) {
  return "<header class=\"top\">\n<h1>" + html_text(content.title) + "</h1>\n<p>" +
         count_text(content.pipelines.size(), "pipeline") + ", as of " + html_time(content.made) +
         ". All times are UTC.</p>\n" + waiting(content) + "</header>\n";
}

/// Pushes and prunes that are under way. What is laid out is told at its rank.
std::string work(const NameStatus& status) {
  std::string items;
  for (const auto& intent : status.intents) {
    if (intent.kind == Intent::Kind::lay_out) continue;
    const bool push = intent.kind == Intent::Kind::push;
    items += "<li><span class=\"mark work\">" + std::string(push ? "being pushed" : "being pruned") +
             "</span> <b>" + html_name(intent.release.version) + "</b> since " + html_time(intent.since);
    if (!intent.by.identity.empty()) items += ", by " + html_name(intent.by.identity);
    items += "</li>\n";
  }
  return items.empty() ? "" : "<ul class=\"under-way\">\n" + items + "</ul>\n";
}

std::string section(const PagePipeline& pipeline, std::size_t index) {
  const NameStatus& status = pipeline.status;
  const std::string id = anchor(index);
  std::string out = "<section class=\"pipeline\" aria-labelledby=\"" + id + "\">\n<h2 id=\"" + id + "\">" +
                    html_name(status.name) + "</h2>\n<div class=\"state\">\n";
  if (!pipeline.fault.empty()) {
    out +=
        "<p class=\"fault\"><span class=\"mark bad\">broken</span> " + html_text(pipeline.fault) + "</p>\n";
  }
  out += work(status);
  if (!status.ranks.empty()) {
    out += "<ol class=\"ranks\">\n";
    const RankStatus* before = nullptr;
    for (const auto& rank : status.ranks) {
      out += render_rank(rank, rank.in_pipeline ? before : nullptr);
      before = &rank;
    }
    out += "</ol>\n";
  }
  return out + "</div>\n" + render_history(pipeline) + "</section>\n";
}

}  // namespace

std::string render_page(const PageContent& content) {
  std::string out = head(content) + "<body>\n" + header(content) + "<main>\n";
  for (std::size_t i = 0; i < content.pipelines.size(); ++i) out += section(content.pipelines[i], i);
  if (content.pipelines.empty()) {
    out +=
        "<p class=\"nothing\">Nothing has been released here yet. <code>wheelyard release push</code> "
        "brings the first release.</p>\n";
  }
  return out + "</main>\n<footer>Written by <code>wheelyard release page</code>. It shows what was true at " +
         html_time(content.made) + " UTC, and does not change by itself.</footer>\n</body>\n</html>\n";
}

}  // namespace wheelyard::release
