#include "wheelyard/package/record.hpp"

#include <array>
#include <utility>

#include "wheelyard/base/error.hpp"

namespace wheelyard::package {

void RecordParser::end_field() {
  if (fields_ == 0) current_.path = std::move(field_);
  if (fields_ == 1) current_.hash = std::move(field_);
  if (fields_ == 2) current_.size = std::move(field_);
  ++fields_;
  field_.clear();
  state_ = State::field_start;
}

void RecordParser::end_row() {
  const bool blank = fields_ == 0 && field_.empty() && state_ == State::field_start;
  if (blank) return;
  end_field();
  if (fields_ != 3)
    complain_("has a row of " + std::to_string(fields_) + " fields where path, hash and size belong");
  row_(current_);
  current_ = {};
  fields_ = 0;
}

void RecordParser::feed(std::string_view bytes) {
  constexpr std::size_t longest_field = 64u << 10;
  for (const char c : bytes) {
    if (state_ == State::quoted) {
      if (c == '"') {
        state_ = State::quote_in_quoted;
      } else {
        field_.push_back(c);
      }
    } else if (c == ',') {
      end_field();
      if (fields_ > 3) complain_("has a row of more than three fields");
    } else if (c == '\n' || c == '\r') {
      if (c == '\n' && after_return_) {
        after_return_ = false;
        continue;
      }
      end_row();
      state_ = State::field_start;
    } else if (c == '"' && (state_ == State::field_start || state_ == State::quote_in_quoted)) {
      if (state_ == State::quote_in_quoted) field_.push_back('"');
      state_ = State::quoted;
    } else {
      if (state_ == State::quote_in_quoted) complain_("has text behind a closing quote");
      field_.push_back(c);
      state_ = State::plain;
    }
    after_return_ = c == '\r' && state_ != State::quoted;
    if (field_.size() > longest_field)
      complain_("has a field longer than " + std::to_string(longest_field) + " bytes");
  }
}

void RecordParser::finish() {
  if (state_ == State::quoted) complain_("ends inside a quoted field");
  end_row();
}

std::optional<RecordHash> parse_record_hash(std::string_view text) {
  struct Known {
    std::string_view name;
    DigestAlgorithm algorithm;
    std::size_t bytes;
  };
  constexpr std::array known = {Known{"sha256=", DigestAlgorithm::sha256, 32},
                                Known{"sha384=", DigestAlgorithm::sha384, 48},
                                Known{"sha512=", DigestAlgorithm::sha512, 64}};
  for (const Known& method : known) {
    if (!text.starts_with(method.name)) continue;
    try {
      std::string digest = from_base64url(text.substr(method.name.size()));
      if (digest.size() != method.bytes) return std::nullopt;
      return RecordHash{method.algorithm, std::move(digest)};
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace wheelyard::package
