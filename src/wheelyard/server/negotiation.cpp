#include "wheelyard/server/negotiation.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "wheelyard/base/text.hpp"
#include "wheelyard/index/page_json.hpp"

namespace wheelyard::server {
namespace {

/// One element of an Accept or Accept-Encoding list. Weights are thousandths: RFC 9110 allows three digits.
struct Preference {
  std::string value;  ///< lower case, without parameters
  int weight = 1000;
};

/// The part before `separator`, which is cut off `rest` together with it.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

/// A weight that cannot be read counts as 0: what is asked for so vaguely is not asked for.
int parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.' || text.size() > 5) return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight > 1000 ? 0 : weight;
}

std::vector<Preference> parse_preferences(std::string_view header) {
  constexpr std::size_t most = 64;  // nobody has more; a hostile header may
  std::vector<Preference> preferences;
  while (!header.empty() && preferences.size() < most) {
    std::string_view element = next_part(header, ',');
    Preference preference;
    preference.value = to_lower(trim(next_part(element, ';')));
    while (!element.empty()) {
      std::string_view parameter = trim(next_part(element, ';'));
      const std::string key = to_lower(trim(next_part(parameter, '=')));
      if (key == "q") preference.weight = parse_weight(trim(parameter));
    }
    if (!preference.value.empty()) preferences.push_back(std::move(preference));
  }
  return preferences;
}

struct Candidate {
  PageFormat format;
  std::array<std::string_view, 2> names;
  std::string_view family;
};

constexpr std::array<Candidate, 3> candidates{{
    {PageFormat::json,
     {index::json_content_type, "application/vnd.pypi.simple.latest+json"},
     "application/*"},
    {PageFormat::v1_html,
     {index::html_content_type, "application/vnd.pypi.simple.latest+html"},
     "application/*"},
    {PageFormat::text_html, {"text/html", "text/html"}, "text/*"},
}};

enum Specificity { nothing, anything, family, named };

struct Match {
  Specificity specificity = nothing;
  int weight = 0;
};

Match match(const Candidate& candidate, const std::vector<Preference>& preferences) {
  Match best;
  for (const Preference& preference : preferences) {
    const Specificity specificity =
        std::ranges::find(candidate.names, preference.value) != candidate.names.end() ? named
        : preference.value == candidate.family                                        ? family
        : preference.value == "*/*"                                                   ? anything
                                                                                      : nothing;
    if (specificity == nothing || specificity < best.specificity) continue;
    if (specificity > best.specificity || preference.weight > best.weight)
      best = {specificity, preference.weight};
  }
  return best;
}

}  // namespace

std::string_view content_type_of(PageFormat format) {
  switch (format) {
    case PageFormat::json:
      return index::json_content_type;
    case PageFormat::v1_html:
      return index::html_content_type;
    case PageFormat::text_html:
      break;
  }
  return "text/html; charset=utf-8";
}

std::optional<PageFormat> negotiate_format(std::string_view accept) {
  const auto preferences = parse_preferences(accept);
  if (preferences.empty()) return PageFormat::text_html;
  std::optional<PageFormat> chosen;
  Match best;
  for (const Candidate& candidate : candidates) {
    const Match found = match(candidate, preferences);
    if (found.weight == 0) continue;
    // Where `*/*` is all that speaks for either, HTML wins: it is what a browser, or curl, can show.
    const bool both_anything = found.specificity == anything && best.specificity == anything;
    const bool better =
        found.weight > best.weight ||
        (found.weight == best.weight && (found.specificity > best.specificity ||
                                         (both_anything && candidate.format == PageFormat::text_html)));
    if (better) {
      best = found;
      chosen = candidate.format;
    }
  }
  return chosen;
}

std::optional<PageFormat> format_by_name(std::string_view content_type) {
  const std::string wanted = to_lower(trim(content_type));
  for (const Candidate& candidate : candidates) {
    if (std::ranges::find(candidate.names, wanted) != candidate.names.end()) return candidate.format;
  }
  return std::nullopt;
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;
  for (const Preference& preference : parse_preferences(accept_encoding)) {
    if (preference.value == "gzip" || preference.value == "x-gzip") gzip = preference.weight;
    if (preference.value == "identity") identity = preference.weight;
    if (preference.value == "*") others = preference.weight;
  }
  const int weight = gzip.value_or(others.value_or(0));
  return weight > 0 && weight >= identity.value_or(0);
}

bool names_json(std::string_view accept) {
  return std::ranges::any_of(parse_preferences(accept), [](const Preference& preference) {
    return preference.weight > 0 &&
           (preference.value.ends_with("+json") || preference.value.ends_with("/json"));
  });
}

}  // namespace wheelyard::server
