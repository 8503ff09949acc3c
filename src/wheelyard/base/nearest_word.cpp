#include "wheelyard/base/nearest_word.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "wheelyard/base/text.hpp"

namespace wheelyard {

namespace {

/// How many letters have to be put in, left out, changed or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_word(std::string_view given, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, given.size() / 4) + 1;
  for (const auto& word : known) {
    const auto found = distance(given, word);
    // Words that share nothing are no slip of the finger, however short they are.
    if (found >= best_distance || found >= std::max(given.size(), word.size())) continue;
    best = word;
    best_distance = found;
  }
  return best;
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  const std::string meant = nearest_word(given, known);
  return meant.empty() ? "" : "did you mean '" + printable(meant, 200) + "'?";
}

}  // namespace wheelyard
