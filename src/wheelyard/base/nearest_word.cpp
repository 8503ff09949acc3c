#include "wheelyard/base/nearest_word.hpp"

#include <algorithm>
#include <numeric>

#include "wheelyard/base/text.hpp"

namespace wheelyard {

std::string nearest_word(std::string_view given, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, given.size() / 4);  // wrong letters
  for (const auto& word : known) {
    std::vector<std::size_t> row(word.size() + 1);
    std::iota(row.begin(), row.end(), 0u);
    for (std::size_t i = 1; i <= given.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= word.size(); ++j) {
        const std::size_t substituted = diagonal + (given[i - 1] == word[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
      }
    }
    if (row.back() <= best_distance && (best.empty() || row.back() < best_distance)) {
      best = word;
      best_distance = row.back();
    }
  }
  return best;
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  const std::string meant = nearest_word(given, known);
  return meant.empty() ? "" : "did you mean '" + printable(meant, 200) + "'?";
}

}  // namespace wheelyard
