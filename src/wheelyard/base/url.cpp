#include "wheelyard/base/url.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

constexpr std::string_view unreserved_marks = "-._~";

/// RFC 3986 appendix B: any text splits into these; an absent part is not an empty one.
struct Reference {
  std::optional<std::string_view> scheme, authority, query, fragment;
  std::string_view path;
};

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") ==
         std::string_view::npos;
}

Reference split_reference(std::string_view text) {
  Reference parts;
  const auto cut = [&](char mark) -> std::optional<std::string_view> {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const auto tail = text.substr(at + 1);
    text = text.substr(0, at);
    return tail;
  };
  parts.fragment = cut('#');
  parts.query = cut('?');
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto slash = text.find('/');
    parts.authority = text.substr(0, slash);
    text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  }
  parts.path = text;
  return parts;
}

std::string remove_dot_segments(std::string_view in) {
  std::string out;
  const auto drop_last = [&] { out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/')); };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./")) {
      in.remove_prefix(2);
    } else if (in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const auto end = in.find('/', 1);
      out += in.substr(0, end);
      in = end == std::string_view::npos ? std::string_view{} : in.substr(end);
    }
  }
  return out;
}

[[noreturn]] void refuse(std::string_view text, std::string reason) {
  std::string shown = without_user_info(text);
  shown.resize(std::min(shown.find('?'), shown.size()));
  throw Error(ErrorCode::invalid_argument, "use", "URL \"" + shown + "\"", std::move(reason));
}

/// Bytes above ASCII are encoded, as browsers do; what RFC 3986 has no place for is refused.
std::string checked_part(std::string_view part, std::string_view whole) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos) {
      refuse(whole, "it holds a character that a URL must write as %XX");
    }
    if (c == '%' && (i + 2 >= part.size() || !is_hex_digit(part[i + 1]) || !is_hex_digit(part[i + 2]))) {
      refuse(whole, "a % is not followed by two hexadecimal digits");
    }
    out += byte < 0x80 ? std::string(1, c) : percent_encode({&c, 1});
  }
  return out;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

void parse_authority(Url& url, std::string_view authority, std::string_view whole) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = checked_part(authority.substr(0, at), whole);
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) refuse(whole, "the IPv6 address has no closing bracket");
    url.host = to_lower(authority.substr(1, end - 1));
    if (url.host.find(':') == std::string::npos ||
        url.host.find_first_not_of("0123456789abcdef:.") != std::string::npos) {
      refuse(whole, "what stands in brackets is not an IPv6 address");
    }
    port = authority.substr(end + 1);
    if (!port.empty() && !port.starts_with(':'))
      refuse(whole, "after the IPv6 address comes neither port nor path");
  } else {
    const auto colon = authority.find(':');
    url.host = to_lower(authority.substr(0, colon));
    for (const char c : url.host) {
      if (!is_alnum(c) && unreserved_marks.find(c) == std::string_view::npos) {
        refuse(whole, "the host holds a character that no host name has");
      }
    }
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (port.size() > 1) {
    std::uint16_t number = 0;
    const auto [end, failure] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
    if (failure != std::errc() || end != port.data() + port.size() || number == 0) {
      refuse(whole, "the port is not a number from 1 to 65535");
    }
    url.port = number;
  }
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

Url Url::parse(std::string_view text) {
  const Reference parts = split_reference(text);
  if (!parts.scheme) refuse(text, "it has no scheme, such as https://");
  Url url;
  url.scheme = to_lower(*parts.scheme);
  if (parts.authority) parse_authority(url, *parts.authority, text);
  if ((url.scheme == "http" || url.scheme == "https") && url.host.empty()) refuse(text, "it names no host");
  url.path = checked_part(parts.path, text);
  if (!url.path.empty() && !url.path.starts_with('/')) refuse(text, "its path does not begin with /");
  if (parts.query) url.query = checked_part(*parts.query, text);
  if (parts.fragment) url.fragment = checked_part(*parts.fragment, text);
  return url;
}

std::string Url::authority() const {
  std::string out = bracketed(host);
  if (port && *port != default_port(scheme)) out += ":" + std::to_string(*port);
  return out;
}

std::string Url::to_string() const {
  std::string out = scheme + "://";
  if (!user_info.empty()) out += user_info + "@";
  out += authority() + path;
  if (!query.empty()) out += "?" + query;
  if (!fragment.empty()) out += "#" + fragment;
  return out;
}

std::string Url::display() const {
  std::string out = scheme + "://" + authority() + path;
  if (query.empty()) return out;
  out += '?';
  for (const auto part : split(query, '&')) {
    if (part.data() != query.data()) out += '&';
    const auto equals = part.find('=');
    out += part.substr(0, equals);
    if (equals != std::string_view::npos) out += equals + 1 < part.size() ? "=..." : "=";
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    if (is_alnum(c) || unreserved_marks.find(c) != std::string_view::npos ||
        keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::optional<std::string> try_percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  auto decoded = try_percent_decode(text);
  if (!decoded) {
    throw Error(ErrorCode::invalid_argument, "decode", "\"" + std::string(text) + "\"",
                "a % is not followed by two hexadecimal digits");
  }
  return std::move(*decoded);
}

std::string without_user_info(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const auto scheme_end = text.find("://");
  return std::string(scheme_end < at ? text.substr(0, scheme_end + 3) : std::string_view{}) +
         std::string(text.substr(at + 1));
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  const Reference from = split_reference(base);
  const Reference to = split_reference(reference);
  auto scheme = from.scheme;
  auto authority = from.authority;
  auto query = to.query;
  std::string path;
  if (to.scheme) {
    scheme = to.scheme;
    authority = to.authority;
    path = remove_dot_segments(to.path);
  } else if (to.authority) {
    authority = to.authority;
    path = remove_dot_segments(to.path);
  } else if (to.path.empty()) {
    path = from.path;
    if (!query) query = from.query;
  } else if (to.path.starts_with('/')) {
    path = remove_dot_segments(to.path);
  } else if (from.authority && from.path.empty()) {
    path = remove_dot_segments("/" + std::string(to.path));
  } else {
    const auto slash = from.path.rfind('/');
    const auto folder = slash == std::string_view::npos ? std::string_view{} : from.path.substr(0, slash + 1);
    path = remove_dot_segments(std::string(folder) + std::string(to.path));
  }
  std::string out;
  if (scheme) out.append(*scheme).append(":");
  if (authority) out.append("//").append(*authority);
  out += path;
  if (query) out.append("?").append(*query);
  if (to.fragment) out.append("#").append(*to.fragment);
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    pairs.emplace_back(percent_decode(part.substr(0, equals)), equals == std::string_view::npos
                                                                   ? std::string()
                                                                   : percent_decode(part.substr(equals + 1)));
  }
  return pairs;
}

}  // namespace wheelyard
