#include "wheelyard/server/conditional.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/text.hpp"

namespace wheelyard::server {
namespace {

enum class Comparison { weak, strong };

/// Whether a list as in If-None-Match holds the tag.
bool lists_etag(std::string_view list, std::string_view etag, Comparison comparison) {
  while (!list.empty()) {
    if (list.front() == ' ' || list.front() == '\t' || list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    if (list.front() == '*') return true;
    const bool weak = list.starts_with("W/");
    if (weak) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;
    const auto end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == etag && !(weak && comparison == Comparison::strong)) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

/// Dates in HTTP are whole seconds.
bool is_later(TimePoint time, TimePoint than) {
  return std::chrono::floor<std::chrono::seconds>(time) > std::chrono::floor<std::chrono::seconds>(than);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool if_range_holds(const std::string& condition, const Validators& validators) {
  if (condition.empty()) return true;
  if (condition.starts_with('"')) return condition == validators.etag;
  const auto date = parse_http_date(condition);
  return date && validators.last_modified && !is_later(*validators.last_modified, *date) &&
         !is_later(*date, *validators.last_modified);
}

}  // namespace

std::string quote_etag(std::string_view opaque) {
  std::string etag = "\"";
  for (const char c : opaque) {
    const auto byte = static_cast<unsigned char>(c);
    etag += (byte <= 0x20 || byte >= 0x7f || c == '"') ? '_' : c;
  }
  return etag + '"';
}

int check_conditions(const Request& request, const Validators& validators) {
  if (const auto list = request.header("If-Match"); !list.empty()) {
    if (!lists_etag(list, validators.etag, Comparison::strong)) return 412;
  } else if (const auto date = parse_http_date(request.header("If-Unmodified-Since"));
             date && validators.last_modified && is_later(*validators.last_modified, *date)) {
    return 412;
  }
  if (const auto list = request.header("If-None-Match"); !list.empty()) {
    return lists_etag(list, validators.etag, Comparison::weak) ? 304 : 0;
  }
  const auto date = parse_http_date(request.header("If-Modified-Since"));
  return date && validators.last_modified && !is_later(*validators.last_modified, *date) ? 304 : 0;
}

bool has_conditions(const Request& request) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"If-Match", "If-None-Match", "If-Modified-Since",
                                              "If-Unmodified-Since"},
      [&](std::string_view name) { return request.headers.find(name) != nullptr; });
}

RangeChoice choose_range(const Request& request, const Validators& validators, std::uint64_t size) {
  const RangeChoice whole{RangeChoice::Kind::whole, 0, size};
  const std::string header = request.header("Range");
  std::string_view text = header;
  if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return whole;
  text = trim(text.substr(6));
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || !if_range_holds(request.header("If-Range"), validators)) return whole;

  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = parse_number(first_text);
  const auto last = parse_number(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return whole;
  if (first && last && *last < *first) return whole;

  if (!first) {  // "-500": the last 500
    if (*last == 0 || size == 0) return {RangeChoice::Kind::unsatisfiable, 0, 0};
    const std::uint64_t length = std::min(*last, size);
    return {RangeChoice::Kind::part, size - length, length};
  }
  if (*first >= size) return {RangeChoice::Kind::unsatisfiable, 0, 0};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeChoice::Kind::part, *first, end - *first + 1};
}

}  // namespace wheelyard::server
