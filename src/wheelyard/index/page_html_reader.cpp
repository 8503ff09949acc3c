#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/index/html_tokenizer.hpp"
#include "wheelyard/index/json_text.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {
namespace {

/// An HTML document begins with one of these (or its doctype). "Error" and "ListBucketResult" are not among
/// them: an object store's XML answer must not read as a page without links.
constexpr std::array<std::string_view, 31> html_elements{
    "html", "head",  "body", "title",  "meta",    "link", "base", "style",  "script", "h1", "h2",
    "h3",   "p",     "a",    "br",     "hr",      "div",  "span", "main",   "ul",     "ol", "li",
    "pre",  "table", "tr",   "center", "section", "nav",  "b",    "header", "address"};

/// What the public index has ever taken beside wheels and sdists; a page may link to them, so they are kept.
constexpr std::array<std::string_view, 9> old_distributions{".egg", ".exe", ".msi",    ".rpm",  ".deb",
                                                            ".dmg", ".tar", ".tar.xz", ".tar.z"};

/// Those that a link's fragment may name: what Python guarantees to have (PEP 503), and the public index's
/// BLAKE2.
constexpr std::array<std::string_view, 13> hash_algorithms{
    "md5",     "sha1",        "sha224",   "sha256",   "sha384",   "sha512",  "blake2b",
    "blake2s", "blake2b_256", "sha3_224", "sha3_256", "sha3_384", "sha3_512"};

bool is_distribution_name(std::string_view filename) {
  if (package::looks_like_distribution(filename)) return true;
  std::string lower = to_lower(filename);
  return std::any_of(old_distributions.begin(), old_distributions.end(), [&](std::string_view suffix) {
    return lower.size() > suffix.size() && lower.ends_with(suffix);
  });
}

/// As a browser sends it: white space around it and line ends within dropped, what no URL may hold
/// percent-encoded. A "+" of the path becomes %2B, which means the same everywhere, where S3 would read the
/// plus as a space.
std::string clean_url(std::string_view raw) {
  std::string url;
  bool in_path = true;
  raw = trim(raw);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '?' || c == '#') in_path = false;
    bool escape = c == '%' && i + 2 < raw.size() && is_hex_digit(raw[i + 1]) && is_hex_digit(raw[i + 2]);
    bool allowed =
        c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}%+").find(c) == std::string_view::npos;
    if (allowed || escape || (c == '+' && !in_path)) {
      url += c;
    } else {
      url += percent_encode(std::string_view(&c, 1));
    }
  }
  return url;
}

bool has_scheme(std::string_view url) {
  std::size_t end = url.find_first_of(":/?#");
  return end != std::string_view::npos && end > 0 && url[end] == ':';
}

/// A reference against the document's <base>, which may itself be relative to the page.
std::string against_base(const std::string& base, const std::string& url) {
  if (base.empty() || has_scheme(url)) return url;
  if (has_scheme(base)) return resolve_url(base, url);
  if (url.starts_with('/')) return url;
  return base.substr(0, base.substr(0, base.find_first_of("?#")).rfind('/') + 1) + url;
}

/// "sha256=0123…" (PEP 503), also among other parts: "egg=x&md5=…".
std::map<std::string, std::string> hashes_of(std::string_view fragment) {
  std::map<std::string, std::string> hashes;
  for (auto part : split(fragment, '&')) {
    std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    std::string algorithm = to_lower(part.substr(0, equals));
    std::string value = to_lower(part.substr(equals + 1));
    bool known =
        std::find(hash_algorithms.begin(), hash_algorithms.end(), algorithm) != hash_algorithms.end();
    bool digest =
        value.size() >= 32 && value.size() <= 128 && std::all_of(value.begin(), value.end(), is_hex_digit);
    if (!known || !digest || (algorithm == "sha256" && value.size() != 64)) continue;
    hashes.emplace(std::move(algorithm), std::move(value));
  }
  return hashes;
}

void read_core_metadata(const HtmlTag& tag, FileEntry& file) {
  const std::string* value = tag.attribute("data-core-metadata");
  if (value == nullptr) value = tag.attribute("data-dist-info-metadata");
  if (value == nullptr || equals_ignoring_case(trim(*value), "false")) return;
  file.has_metadata = true;
  auto hashes = hashes_of(trim(*value));
  if (auto found = hashes.find("sha256"); found != hashes.end()) file.metadata_sha256 = found->second;
}

std::optional<FileEntry> read_link(const HtmlTag& tag, const std::string& base) {
  const std::string* href = tag.attribute("href");
  if (href == nullptr) return std::nullopt;
  std::string url = against_base(base, clean_url(*href));
  std::string fragment;
  if (auto hash = url.find('#'); hash != std::string::npos) {
    fragment = url.substr(hash + 1);
    url.resize(hash);
  }
  FileEntry file;
  file.filename = url_filename(url);
  file.hashes = hashes_of(fragment);
  bool is_file = !file.filename.empty() && (is_distribution_name(file.filename) || !file.hashes.empty());
  if (!is_file || !is_link_url(url)) return std::nullopt;
  file.url = std::move(url);

  if (auto* value = tag.attribute("data-requires-python")) file.requires_python = trim(*value);
  if (auto* value = tag.attribute("data-yanked")) {
    file.yanked = true;
    file.yanked_reason = *value;
  }
  read_core_metadata(tag, file);
  if (auto* value = tag.attribute("data-gpg-sig")) {
    if (*value == "true" || *value == "false") file.gpg_sig = *value == "true";
  }
  if (auto* value = tag.attribute("data-provenance"); value != nullptr && is_link_url(*value)) {
    file.extra_json = "{\"provenance\":";
    append_json_string(file.extra_json, *value);
    file.extra_json += '}';
  }
  return file;
}

std::optional<std::uint64_t> parse_serial(std::string_view text) {
  std::uint64_t serial = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return serial;
}

class HtmlPageReader {
 public:
  HtmlPageReader(std::string_view text, std::string_view project, std::string_view what)
      : text_(text), what_(what) {
    page_.name = package::normalize_name(project);
  }

  ProjectPage read() {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    std::string_view content = trim(text_);
    if (content.empty()) fail(ErrorCode::corrupted, "it is empty");
    if (content.front() == '{' || content.front() == '[' || content.find('\0') != std::string_view::npos) {
      fail(ErrorCode::corrupted, "it is no HTML document");
    }
    HtmlTokenizer tokenizer(text_);
    HtmlTag tag;
    while (tokenizer.next(tag)) take(tag);
    if (tokenizer.truncated()) fail(ErrorCode::corrupted, "it ends in the middle of a tag");
    if (!is_html_) fail(ErrorCode::corrupted, "it is no HTML document");
    if (is_ours_ && !ended_) fail(ErrorCode::corrupted, "its end is missing");
    return std::move(page_);
  }

 private:
  void take(const HtmlTag& tag) {
    if (!is_html_) recognise(tag);
    if (tag.kind == HtmlTag::Kind::end) {
      ended_ = ended_ || tag.name == "html";
    } else if (tag.kind == HtmlTag::Kind::start && tag.name == "a") {
      auto file = read_link(tag, base_);
      if (file && names_.insert(file->filename).second) page_.files.push_back(std::move(*file));
    } else if (tag.kind == HtmlTag::Kind::start && tag.name == "base" && base_.empty()) {
      if (auto* href = tag.attribute("href")) take_base(clean_url(*href));
    } else if (tag.kind == HtmlTag::Kind::start && tag.name == "meta") {
      take_meta(tag);
    }
  }

  void take_base(std::string base) {
    try {
      if (has_scheme(base)) Url::parse(base);
    } catch (const Error&) {
      fail(ErrorCode::corrupted, "its base \"" + base + "\" is no URL");
    }
    base_ = std::move(base);
  }

  void recognise(const HtmlTag& tag) {
    is_html_ = tag.kind == HtmlTag::Kind::doctype
                   ? tag.attribute("html") != nullptr
                   : std::find(html_elements.begin(), html_elements.end(), tag.name) != html_elements.end();
    if (!is_html_) fail(ErrorCode::corrupted, "it is no HTML document, but begins with <" + tag.name + ">");
  }

  void take_meta(const HtmlTag& tag) {
    auto* name = tag.attribute("name");
    auto* content = tag.attribute("content");
    if (name == nullptr || content == nullptr) return;
    if (equals_ignoring_case(*name, "pypi:repository-version")) {
      if (split(trim(*content), '.').front() != "1") {
        fail(ErrorCode::unsupported,
             "it is of version " + *content + " of the simple API, and 1 is what this program reads");
      }
    } else if (*name == "pypi:project-status") {
      page_.status = *content;
    } else if (*name == "pypi:project-status-reason") {
      page_.status_reason = *content;
    } else if (*name == "wheelyard:serial") {
      auto serial = parse_serial(*content);
      if (!serial) fail(ErrorCode::corrupted, "its serial is no whole number");
      page_.serial = *serial;
      is_ours_ = true;
    }
  }

  [[noreturn]] void fail(ErrorCode code, std::string reason) const {
    throw Error(code, "read", std::string(what_), std::move(reason));
  }

  std::string_view text_;
  std::string_view what_;
  ProjectPage page_;
  std::unordered_set<std::string> names_;
  std::string base_;
  bool is_html_ = false;
  bool is_ours_ = false;
  bool ended_ = false;
};

}  // namespace

ProjectPage project_from_html(std::string_view text, std::string_view project, std::string_view what) {
  return HtmlPageReader(text, project, what).read();
}

std::optional<std::uint64_t> html_serial(std::string_view text) {
  HtmlTokenizer tokenizer(text);
  HtmlTag tag;
  while (tokenizer.next(tag)) {
    if (tag.kind == HtmlTag::Kind::start && (tag.name == "a" || tag.name == "body")) return std::nullopt;
    if (tag.kind != HtmlTag::Kind::start || tag.name != "meta") continue;
    auto* name = tag.attribute("name");
    auto* content = tag.attribute("content");
    if (name != nullptr && content != nullptr && *name == "wheelyard:serial") return parse_serial(*content);
  }
  return std::nullopt;
}

}  // namespace wheelyard::index
