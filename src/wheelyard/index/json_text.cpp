#include "wheelyard/index/json_text.hpp"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::index {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const bool keep_non_ascii = is_utf8(text);
  auto plain = [&](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && (byte < 0x7F || (byte > 0x7F && keep_non_ascii)) && c != '"' && c != '\\';
  };
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && plain(text[end])) ++end;
    out.append(text, at, end - at);
    if (end == text.size()) break;
    at = end;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_escaped(out, text[at]);
    } else {
      out += "\xEF\xBF\xBD";
    }
    ++at;
  }
  out += '"';
}

JsonValue::Kind JsonValue::kind() const {
  return document_->tokens_[index_].kind;
}
bool JsonValue::boolean() const {
  return document_->tokens_[index_].value != 0;
}
std::uint64_t JsonValue::unsigned_integer() const {
  return document_->tokens_[index_].value;
}

std::string_view JsonValue::text() const {
  const auto& token = document_->tokens_[index_];
  return std::string_view(document_->strings_).substr(token.value, token.length);
}

JsonValue JsonValue::end() const {
  return {document_, document_->tokens_[index_].value};
}

JsonValue JsonValue::next() const {
  return is(Kind::array) || is(Kind::object) ? end() : JsonValue(document_, index_ + 1);
}

void JsonValue::append_to(std::string& out) const {
  switch (kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += boolean() ? "true" : "false";
      return;
    case Kind::unsigned_integer:
      out += std::to_string(unsigned_integer());
      return;
    case Kind::number:
      out += text();
      return;
    case Kind::string:
      append_json_string(out, text());
      return;
    case Kind::array:
    case Kind::object:
      break;
  }
  bool object = is(Kind::object);
  out += object ? '{' : '[';
  bool is_key = object;
  for (auto at = first(); at != end(); at = at.next()) {
    if (at != first()) out += object && !is_key ? ':' : ',';
    at.append_to(out);
    if (object) is_key = !is_key;
  }
  out += object ? '}' : ']';
}

/// Takes the parser's events; nothing recurses, so depth costs no stack.
class JsonDocumentBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  using Kind = JsonValue::Kind;
  explicit JsonDocumentBuilder(JsonDocument& document) : document_(document) {}

  std::string problem;

  bool null() override { return add(Kind::null); }
  bool boolean(bool value) override { return add(Kind::boolean, value ? 1 : 0); }
  bool number_integer(std::int64_t value) override { return add_text(Kind::number, std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(Kind::unsigned_integer, value); }
  bool number_float(double, const std::string& written) override { return add_text(Kind::number, written); }
  bool string(std::string& value) override { return add_text(Kind::string, value); }
  bool key(std::string& value) override { return add_text(Kind::string, value); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Kind::object); }
  bool start_array(std::size_t) override { return open(Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    problem = error.id == 406 ? "a number is out of range" : "it is no valid JSON";
    problem += " (at byte " + std::to_string(position) + ")";
    return false;
  }

 private:
  bool add(Kind kind, std::uint64_t value = 0) {
    document_.tokens_.push_back({value, 0, kind});
    return true;
  }
  bool add_text(Kind kind, const std::string& text) {
    document_.tokens_.push_back({document_.strings_.size(), static_cast<std::uint32_t>(text.size()), kind});
    document_.strings_ += text;
    return true;
  }
  bool open(Kind kind) {
    if (open_.size() == JsonDocument::max_depth) {
      problem = "it is nested deeper than " + std::to_string(JsonDocument::max_depth) + " levels";
      return false;
    }
    open_.push_back(document_.tokens_.size());
    return add(kind);
  }
  bool close() {
    document_.tokens_[open_.back()].value = document_.tokens_.size();
    open_.pop_back();
    return true;
  }

  JsonDocument& document_;
  std::vector<std::size_t> open_;
};

JsonDocument JsonDocument::parse(std::string_view text, std::string_view what) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::corrupted, "read", std::string(what), "it is larger than 4 GiB");
  }
  JsonDocument document;
  document.strings_.reserve(text.size());
  document.tokens_.reserve(text.size() / 24 + 16);
  JsonDocumentBuilder builder(document);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); })) {
      builder.problem = "it is empty";
    }
    throw Error(ErrorCode::corrupted, "read", std::string(what), builder.problem);
  }
  return document;
}

}  // namespace wheelyard::index
