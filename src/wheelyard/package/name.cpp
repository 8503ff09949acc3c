#include "wheelyard/package/name.hpp"

#include <algorithm>

#include "wheelyard/base/text.hpp"

namespace wheelyard::package {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

}  // namespace

bool is_valid_name(std::string_view name) {
  return !name.empty() && is_alnum(name.front()) && is_alnum(name.back()) &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || is_separator(c); });
}

std::string normalize_name(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  for (const char c : name) {
    if (!is_separator(c)) {
      result.push_back(lower(c));
    } else if (result.empty() || result.back() != '-') {
      result.push_back('-');
    }
  }
  return result;
}

bool is_normalized_name(std::string_view name) {
  return is_valid_name(name) && normalize_name(name) == name;
}

}  // namespace wheelyard::package
