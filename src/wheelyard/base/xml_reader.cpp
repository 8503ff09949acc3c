#include "wheelyard/base/xml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

constexpr std::size_t max_bytes = std::size_t{16} << 20;

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool ends_name(char c) {
  return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&';
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> first{0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(first[static_cast<std::size_t>(more)] | point >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (point >> (6 * i) & 0x3F));
}

/// What stands between "&" and ";", added to `out`; false where it means nothing.
bool append_entity(std::string& out, std::string_view entity) {
  if (entity == "amp") return out += '&', true;
  if (entity == "lt") return out += '<', true;
  if (entity == "gt") return out += '>', true;
  if (entity == "quot") return out += '"', true;
  if (entity == "apos") return out += '\'', true;
  if (!entity.starts_with('#')) return false;
  const bool hexadecimal = entity.starts_with("#x");
  const std::string_view digits = entity.substr(hexadecimal ? 2 : 1);
  std::uint32_t point = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point, hexadecimal ? 16 : 10);
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  if (failure != std::errc() || end != digits.data() + digits.size() || point == 0 || point > 0x10FFFF ||
      surrogate) {
    return false;
  }
  append_utf8(out, point);
  return true;
}

}  // namespace

XmlReader::XmlReader(std::string_view text, std::string_view what) : document_(text), what_(what) {
  if (text.size() > max_bytes) refuse("it is larger than 16 MiB");
  if (text.find('\0') != std::string_view::npos) refuse("it holds a null byte");
  if (has("\xEF\xBB\xBF")) at_ = 3;
}

void XmlReader::refuse(const std::string& reason) const {
  throw Error(ErrorCode::corrupted, "read", what_,
              "malformed XML: " + reason + " at byte " + std::to_string(at_));
}

XmlReader::Event XmlReader::next() {
  if (closes_itself_) return close_element();
  text_ = {};
  unescaped_.clear();
  for (;;) {
    const std::size_t mark = std::min(document_.find('<', at_), document_.size());
    if (mark > at_) {
      const std::string_view raw = document_.substr(at_, mark - at_);
      if (depth_ > 0) {
        take_text(raw, false);
      } else if (!trim(raw).empty()) {
        refuse("text outside of the root");
      }
      at_ = mark;
    }
    if (at_ == document_.size()) {
      if (depth_ > 0) refuse("it ends within an element");
      if (!seen_root_) refuse("it has no root element");
      return Event::end;
    }
    if (has("</")) return close_element();
    if (has("<?")) {
      skip_past("?>");
    } else if (has("<!--")) {
      at_ += 4;
      skip_past("-->");
    } else if (has("<![CDATA[")) {
      if (depth_ == 0) refuse("text outside of the root");
      const std::size_t begin = at_ + 9;
      skip_past("]]>");
      take_text(document_.substr(begin, at_ - 3 - begin), true);
    } else if (has("<!")) {
      refuse("a DOCTYPE is not accepted");
    } else {
      return open_element();
    }
  }
}

void XmlReader::skip_past(std::string_view mark) {
  const std::size_t found = document_.find(mark, at_);
  if (found == std::string_view::npos) refuse("it ends within a \"" + std::string(mark) + "\"");
  at_ = found + mark.size();
}

void XmlReader::take_text(std::string_view raw, bool literal) {
  const bool plain = raw.find_first_of(literal ? "\r" : "&\r") == std::string_view::npos;
  if (plain && text_.empty()) {
    text_ = raw;
    return;
  }
  if (unescaped_.empty()) unescaped_ = text_;
  if (plain || literal) {
    unescaped_ += raw;
  } else {
    append_unescaped(raw);
  }
  text_ = unescaped_;
}

void XmlReader::append_unescaped(std::string_view raw) {
  while (!raw.empty()) {
    const std::size_t mark = std::min(raw.find_first_of("&\r"), raw.size());
    unescaped_ += raw.substr(0, mark);
    raw.remove_prefix(mark);
    if (raw.empty()) return;
    if (raw.front() == '\r') {
      // Line ends of any kind are read as a line feed.
      unescaped_ += '\n';
      raw.remove_prefix(raw.starts_with("\r\n") ? 2 : 1);
      continue;
    }
    const std::size_t end = raw.find(';');
    if (end != std::string_view::npos && append_entity(unescaped_, raw.substr(1, end - 1))) {
      raw.remove_prefix(end + 1);
    } else {
      unescaped_ += '&';  // an entity of its own stays as it stands
      raw.remove_prefix(1);
    }
  }
}

std::string_view XmlReader::take_name() {
  const std::size_t begin = at_;
  while (at_ < document_.size() && !ends_name(document_[at_])) ++at_;
  if (at_ == begin) refuse("an element without a name");
  return document_.substr(begin, at_ - begin);
}

XmlReader::Event XmlReader::open_element() {
  if (depth_ == 0 && seen_root_) refuse("it has more than one root element");
  if (depth_ == most_depth) refuse("it is nested deeper than " + std::to_string(most_depth));
  ++at_;
  const std::string_view name = take_name();
  // Attributes are passed over; a ">" may stand in their values.
  for (char quote = 0;; ++at_) {
    if (at_ == document_.size()) refuse("it ends within a tag");
    const char c = document_[at_];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '<') {
      refuse("a tag within a tag");
    } else if (c == '>') {
      break;
    }
  }
  closes_itself_ = document_[at_ - 1] == '/';
  ++at_;
  seen_root_ = true;
  open_[depth_++] = name;
  name_ = local_name(name);
  text_ = {};
  return Event::open;
}

XmlReader::Event XmlReader::close_element() {
  if (closes_itself_) {
    closes_itself_ = false;
  } else {
    at_ += 2;
    const std::string_view name = take_name();
    if (depth_ == 0 || open_[depth_ - 1] != name) refuse("a closing tag that nothing opened");
    while (at_ < document_.size() && is_space(document_[at_])) ++at_;
    if (at_ == document_.size() || document_[at_] != '>') refuse("a closing tag that does not end");
    ++at_;
  }
  name_ = local_name(open_[--depth_]);
  return Event::close;
}

}  // namespace wheelyard
