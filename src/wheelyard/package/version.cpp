#include "wheelyard/package/version.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/unicode_space.hpp"

namespace wheelyard::package {
namespace {

constexpr bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

std::string without_leading_zeros(std::string_view digits) {
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return std::string(digits.substr(first));
}

// Both without leading zeros.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

std::strong_ordering compare_local_parts(std::string_view a, std::string_view b) {
  const bool a_number = is_digit(a.front()) && std::ranges::all_of(a, is_digit);
  const bool b_number = is_digit(b.front()) && std::ranges::all_of(b, is_digit);
  if (a_number != b_number) return a_number ? std::strong_ordering::greater : std::strong_ordering::less;
  return a_number ? compare_numbers(a, b) : a <=> b;
}

// A cursor over the text of a version. Every `take_…` either takes what it names or leaves the cursor alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view mark) {
    if (!starts_with_ignoring_case(rest_, mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }

  std::optional<std::string> take_number() {
    const auto end = std::ranges::find_if_not(rest_, is_digit);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    if (length == 0) return std::nullopt;
    std::string number = without_leading_zeros(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return number;
  }

  // A separator or none, one of the words, a separator or none, a number or none (then 0).
  template <std::size_t N>
  std::optional<std::pair<std::string_view, std::string>> take_segment(
      const std::array<std::pair<std::string_view, std::string_view>, N>& words) {
    std::string_view rest = rest_;
    if (!rest.empty() && is_separator(rest.front())) rest.remove_prefix(1);
    for (const auto& [word, normalized] : words) {
      if (!starts_with_ignoring_case(rest, word)) continue;
      rest_ = rest.substr(word.size());
      if (!rest_.empty() && is_separator(rest_.front())) rest_.remove_prefix(1);
      return std::pair{normalized, take_number().value_or("0")};
    }
    return std::nullopt;
  }

  // "-1": the implicit post release.
  std::optional<std::string> take_dashed_number() {
    if (rest_.size() < 2 || rest_[0] != '-' || !is_digit(rest_[1])) return std::nullopt;
    rest_.remove_prefix(1);
    return take_number();
  }

  std::optional<std::string> take_local_part() {
    const auto end = std::ranges::find_if_not(rest_, is_alnum);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    if (length == 0) return std::nullopt;
    const std::string_view part = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return std::ranges::all_of(part, is_digit) ? without_leading_zeros(part) : to_lower(part);
  }

  bool take_separator() {
    if (rest_.empty() || !is_separator(rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "." with a number behind it.
  std::optional<std::string> take_dotted_number() {
    if (rest_.size() < 2 || rest_[0] != '.' || !is_digit(rest_[1])) return std::nullopt;
    rest_.remove_prefix(1);
    return take_number();
  }

 private:
  std::string_view rest_;
};

using Words = std::pair<std::string_view, std::string_view>;

// A longer word stands before its own beginning.
constexpr std::array pre_words = {Words{"alpha", "a"}, Words{"a", "a"},        Words{"beta", "b"},
                                  Words{"b", "b"},     Words{"preview", "rc"}, Words{"pre", "rc"},
                                  Words{"c", "rc"},    Words{"rc", "rc"}};
constexpr std::array post_words = {Words{"post", "post"}, Words{"rev", "post"}, Words{"r", "post"}};
constexpr std::array dev_words = {Words{"dev", "dev"}};

std::string join(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& part : parts) {
    if (!result.empty()) result.push_back('.');
    result += part;
  }
  return result;
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  Scanner scanner(trim_unicode(text));
  Version version;
  scanner.take("v");
  auto number = scanner.take_number();
  if (!number) return std::nullopt;
  if (scanner.take("!")) {
    version.epoch_ = std::move(*number);
    number = scanner.take_number();
    if (!number) return std::nullopt;
  }
  version.release_.push_back(std::move(*number));
  while (auto next = scanner.take_dotted_number()) version.release_.push_back(std::move(*next));

  if (auto pre = scanner.take_segment(pre_words)) {
    version.pre_phase_ = pre->first;
    version.pre_number_ = std::move(pre->second);
  }
  if (auto implicit = scanner.take_dashed_number()) {
    version.post_ = std::move(implicit);
  } else if (auto post = scanner.take_segment(post_words)) {
    version.post_ = std::move(post->second);
  }
  if (auto dev = scanner.take_segment(dev_words)) version.dev_ = std::move(dev->second);
  if (scanner.take("+")) {
    do {
      auto part = scanner.take_local_part();
      if (!part) return std::nullopt;
      version.local_.push_back(std::move(*part));
    } while (scanner.take_separator());
  }
  if (!scanner.at_end()) return std::nullopt;
  return version;
}

std::string Version::base_version() const {
  return epoch_ == "0" ? join(release_) : epoch_ + "!" + join(release_);
}

std::string Version::public_version() const {
  std::string result = base_version();
  if (!pre_phase_.empty()) result += pre_phase_ + pre_number_;
  if (post_) result += ".post" + *post_;
  if (dev_) result += ".dev" + *dev_;
  return result;
}

std::string Version::local() const {
  return join(local_);
}

std::string Version::to_string() const {
  return local_.empty() ? public_version() : public_version() + "+" + local();
}

bool Version::is_prerelease() const {
  return dev_ || !pre_phase_.empty();
}
bool Version::is_postrelease() const {
  return post_.has_value();
}
bool Version::is_devrelease() const {
  return dev_.has_value();
}

std::strong_ordering Version::compare_release(const Version& other) const {
  if (const auto order = compare_numbers(epoch_, other.epoch_); order != 0) return order;
  const std::size_t parts = std::max(release_.size(), other.release_.size());
  for (std::size_t i = 0; i < parts; ++i) {
    const std::string_view mine = i < release_.size() ? std::string_view(release_[i]) : "0";
    const std::string_view theirs = i < other.release_.size() ? std::string_view(other.release_[i]) : "0";
    if (const auto order = compare_numbers(mine, theirs); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

bool Version::has_release_prefix(const Version& prefix, std::size_t parts) const {
  if (epoch_ != prefix.epoch_) return false;
  for (std::size_t i = 0; i < parts; ++i) {
    if ((i < release_.size() ? std::string_view(release_[i]) : "0") != prefix.release_[i]) return false;
  }
  return true;
}

std::strong_ordering Version::compare_public(const Version& other) const {
  if (const auto order = compare_release(other); order != 0) return order;
  // Of one release: dev releases, then a, b, rc, then the release itself.
  const auto rank = [](const Version& v) {
    if (v.pre_phase_.empty()) return !v.post_ && v.dev_ ? 0 : 4;
    return v.pre_phase_ == "a" ? 1 : v.pre_phase_ == "b" ? 2 : 3;
  };
  if (const auto order = rank(*this) <=> rank(other); order != 0) return order;
  if (const auto order = compare_numbers(pre_number_, other.pre_number_); order != 0) return order;
  if (const auto order = post_.has_value() <=> other.post_.has_value(); order != 0) return order;
  if (post_) {
    if (const auto order = compare_numbers(*post_, *other.post_); order != 0) return order;
  }
  if (const auto order = !dev_.has_value() <=> !other.dev_.has_value(); order != 0) return order;
  return dev_ ? compare_numbers(*dev_, *other.dev_) : std::strong_ordering::equal;
}

std::strong_ordering Version::compare_local(const Version& other) const {
  return std::lexicographical_compare_three_way(local_.begin(), local_.end(), other.local_.begin(),
                                                other.local_.end(), compare_local_parts);
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  const auto order = a.compare_public(b);
  return order != 0 ? order : a.compare_local(b);
}

bool operator==(const Version& a, const Version& b) {
  return (a <=> b) == 0;
}

}  // namespace wheelyard::package
