#include "wheelyard/index/html_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "wheelyard/base/text.hpp"

namespace wheelyard::index {
namespace {

struct NamedCharacter {
  std::string_view name;
  std::string_view text;
};

/// Those that stand for ASCII, which is all that URLs, digests and specifiers are made of, and the blank.
constexpr std::array<NamedCharacter, 37> named_characters{{
    {"amp", "&"},   {"AMP", "&"},    {"lt", "<"},     {"LT", "<"},          {"gt", ">"},    {"GT", ">"},
    {"quot", "\""}, {"QUOT", "\""},  {"apos", "'"},   {"nbsp", "\xC2\xA0"}, {"Tab", "\t"},  {"NewLine", "\n"},
    {"excl", "!"},  {"num", "#"},    {"dollar", "$"}, {"percnt", "%"},      {"lpar", "("},  {"rpar", ")"},
    {"ast", "*"},   {"plus", "+"},   {"comma", ","},  {"period", "."},      {"sol", "/"},   {"colon", ":"},
    {"semi", ";"},  {"equals", "="}, {"quest", "?"},  {"commat", "@"},      {"lsqb", "["},  {"lbrack", "["},
    {"bsol", "\\"}, {"rsqb", "]"},   {"rbrack", "]"}, {"lowbar", "_"},      {"grave", "`"}, {"lcub", "{"},
    {"rcub", "}"},
}};

constexpr std::array<std::string_view, 10> raw_text_elements{
    "script", "style", "title", "textarea", "template", "xmp", "iframe", "noembed", "noframes", "plaintext"};

void append_utf8(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  auto continuation = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    continuation(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    continuation(6);
    continuation(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

/// A reference at the start of `text`, which begins with "&": its length, 0 if it is none.
std::size_t decode_reference(std::string_view text, std::string& out) {
  std::size_t end = 1;
  if (text.size() > 2 && text[1] == '#') {
    bool hex = text[2] == 'x' || text[2] == 'X';
    std::size_t begin = hex ? 3 : 2;
    std::uint32_t code = 0;
    auto [stop, error] = std::from_chars(text.data() + begin, text.data() + text.size(), code, hex ? 16 : 10);
    end = static_cast<std::size_t>(stop - text.data());
    if (end <= begin || error == std::errc::invalid_argument) return 0;
    append_utf8(out, error == std::errc() ? code : 0xFFFD);
    return end < text.size() && text[end] == ';' ? end + 1 : end;
  }
  while (end < text.size() && end < 12 && is_alnum(text[end])) ++end;
  std::string_view name = text.substr(1, end - 1);
  bool closed = end < text.size() && text[end] == ';';
  // "?a=1&amp=2" keeps its "&amp": what is not closed may not be followed by "=" (the rule for attribute
  // values).
  bool old_style = name == "amp" || name == "lt" || name == "gt" || name == "quot";
  if (!closed && (!old_style || (end < text.size() && text[end] == '='))) return 0;
  for (const auto& [known, meant] : named_characters) {
    if (known != name) continue;
    out += meant;
    return closed ? end + 1 : end;
  }
  return 0;
}

}  // namespace

const std::string* HtmlTag::attribute(std::string_view wanted) const {
  for (const auto& [attribute_name, value] : attributes) {
    if (attribute_name == wanted) return &value;
  }
  return nullptr;
}

std::string html_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t reference = std::min(text.find('&', at), text.size());
    out += text.substr(at, reference - at);
    at = reference;
    if (at == text.size()) break;
    std::size_t length = decode_reference(text.substr(at), out);
    if (length == 0) {
      out += '&';
      length = 1;
    }
    at += length;
  }
  return out;
}

void append_html_escaped(std::string& out, std::string_view text) {
  const auto special = [](char c) {
    return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c == '\0';
  };
  for (;;) {
    const auto* end = std::find_if(text.begin(), text.end(), special);
    out.append(text.begin(), end);
    if (end == text.end()) return;
    switch (*end) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      default:
        out += "&#39;";
        break;
    }
    text = std::string_view(end + 1, text.end());
  }
}

bool HtmlTokenizer::stop_truncated() {
  truncated_ = true;
  at_ = text_.size();
  return false;
}

bool HtmlTokenizer::next(HtmlTag& tag) {
  for (;;) {
    at_ = std::min(text_.find('<', at_), text_.size());
    if (at_ + 1 >= text_.size()) return at_ < text_.size() && stop_truncated();
    char c = text_[at_ + 1];
    bool tag_follows = is_alpha(c) || (c == '/' && at_ + 2 < text_.size() && is_alpha(text_[at_ + 2]));
    bool doctype = starts_with_ignoring_case(text_.substr(at_, 9), "<!doctype");
    if (tag_follows || doctype) return read_tag(tag);
    if (c == '!' || c == '?' || c == '/') {
      if (!skip_markup()) return false;
    } else {
      ++at_;
    }
  }
}

/// Comments, CDATA, processing instructions and what else begins with "<!", "<?" or "</" and is no tag.
bool HtmlTokenizer::skip_markup() {
  std::string_view rest = text_.substr(at_);
  std::string_view end = ">";
  std::size_t from = 2;
  if (rest.starts_with("<!--")) {
    // "<!-->" and "<!--->" are comments that end at once.
    if (rest.starts_with("<!-->") || rest.starts_with("<!--->")) {
      at_ += rest.find('>') + 1;
      return true;
    }
    end = "-->";
    from = 4;
  } else if (rest.starts_with("<![CDATA[")) {
    end = "]]>";
    from = 9;
  }
  std::size_t found = rest.find(end, from);
  if (found == std::string_view::npos) return stop_truncated();
  at_ += found + end.size();
  return true;
}

bool HtmlTokenizer::read_tag(HtmlTag& tag) {
  tag.attributes.clear();
  char c = text_[at_ + 1];
  tag.kind = c == '/' ? HtmlTag::Kind::end : c == '!' ? HtmlTag::Kind::doctype : HtmlTag::Kind::start;
  at_ += tag.kind == HtmlTag::Kind::start ? 1 : 2;
  std::size_t begin = at_;
  while (!at_end() && !is_space(text_[at_]) && text_[at_] != '/' && text_[at_] != '>') ++at_;
  tag.name = to_lower(text_.substr(begin, at_ - begin));
  for (;;) {
    while (!at_end() && (is_space(text_[at_]) || text_[at_] == '/')) ++at_;
    if (at_end()) return stop_truncated();
    if (text_[at_] == '>') break;
    if (!read_attribute(tag)) return stop_truncated();
  }
  ++at_;
  if (tag.kind == HtmlTag::Kind::start) skip_raw_text(tag.name);
  return true;
}

bool HtmlTokenizer::read_attribute(HtmlTag& tag) {
  std::size_t begin = at_++;  // a name may begin with "="
  auto ends_name = [](char c) { return is_space(c) || c == '/' || c == '>' || c == '='; };
  while (!at_end() && !ends_name(text_[at_])) ++at_;
  std::string name = to_lower(text_.substr(begin, at_ - begin));
  while (!at_end() && is_space(text_[at_])) ++at_;

  std::string value;
  if (!at_end() && text_[at_] == '=') {
    ++at_;
    while (!at_end() && is_space(text_[at_])) ++at_;
    if (at_end()) return false;
    char quote = text_[at_];
    std::size_t end = 0;
    if (quote == '"' || quote == '\'') {
      ++at_;
      end = text_.find(quote, at_);
      if (end == std::string_view::npos) return false;
    } else {
      end = at_;
      while (end < text_.size() && !is_space(text_[end]) && text_[end] != '>') ++end;
    }
    value = html_decode(text_.substr(at_, end - at_));
    at_ = quote == '"' || quote == '\'' ? end + 1 : end;
  }
  tag.attributes.emplace_back(std::move(name), std::move(value));
  return true;
}

/// To the element's end tag; to the end of the text where there is none, which counts as truncated.
void HtmlTokenizer::skip_raw_text(std::string_view element) {
  if (std::find(raw_text_elements.begin(), raw_text_elements.end(), element) == raw_text_elements.end())
    return;
  while (!at_end()) {
    at_ = std::min(text_.find("</", at_), text_.size());
    std::string_view rest = text_.substr(std::min(at_ + 2, text_.size()));
    if (starts_with_ignoring_case(rest, element)) {
      char after = rest.size() > element.size() ? rest[element.size()] : '>';
      if (is_space(after) || after == '/' || after == '>') return;
    }
    at_ = std::min(at_ + 2, text_.size());
  }
  stop_truncated();
}

}  // namespace wheelyard::index
