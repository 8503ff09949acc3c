#include "wheelyard/transfer/filter.hpp"

#include <ranges>

namespace wheelyard::transfer {
namespace {

/// A set that begins at `open`: where it ends, and whether the byte is in it. Without an end the bracket is
/// an ordinary character.
struct SetMatch {
  std::size_t end = std::string_view::npos;  ///< behind "]"
  bool holds = false;
};

SetMatch match_set(std::string_view pattern, std::size_t open, unsigned char byte) {
  std::size_t at = open + 1;
  const bool negated = at < pattern.size() && pattern[at] == '!';
  if (negated) ++at;
  const std::size_t first = at;
  bool found = false;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at > first) return {at + 1, found != negated};
    const auto low = static_cast<unsigned char>(pattern[at]);
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      found |= low <= byte && byte <= static_cast<unsigned char>(pattern[at + 2]);
      at += 2;
    } else {
      found |= low == byte;
    }
  }
  return {};
}

}  // namespace

bool matches(std::string_view pattern, std::string_view path) {
  // After a mismatch the last "*" takes one byte more: earlier ones never need to.
  constexpr std::size_t none = std::string_view::npos;
  std::size_t star = none;
  std::size_t star_path = 0;
  std::size_t p = 0;
  std::size_t s = 0;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_path = s;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '[') {
        const SetMatch set = match_set(pattern, p, static_cast<unsigned char>(path[s]));
        if (set.end != none && set.holds) {
          p = set.end;
          ++s;
          continue;
        }
        if (set.end == none && path[s] == '[') {
          ++p;
          ++s;
          continue;
        }
      } else if (pattern[p] == '?' || pattern[p] == path[s]) {
        ++p;
        ++s;
        continue;
      }
    }
    if (star == none) return false;
    p = star;
    s = ++star_path;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Filter::takes(std::string_view path) const {
  for (const Rule& rule : rules_ | std::views::reverse) {
    if (matches(rule.pattern, path)) return rule.take;
  }
  return true;
}

}  // namespace wheelyard::transfer
