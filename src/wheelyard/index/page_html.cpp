#include "wheelyard/index/page_html.hpp"

#include <array>

#include "wheelyard/index/html_tokenizer.hpp"
#include "wheelyard/index/json_text.hpp"

namespace wheelyard::index {
namespace {

/// What goes into a link's fragment (PEP 503), the best first. Pip knows these and ignores others.
constexpr std::array<std::string_view, 6> link_hashes{"sha256", "sha512", "sha384", "sha224", "sha1", "md5"};

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  append_html_escaped(out, value);
  out += '"';
}

void append_meta(std::string& out, std::string_view name, std::string_view content) {
  out += "<meta";
  append_attribute(out, "name", name);
  append_attribute(out, "content", content);
  out += ">\n";
}

void append_title(std::string& out, std::string_view title) {
  out += "<title>";
  append_html_escaped(out, title);
  out += "</title>\n</head>\n<body>\n<h1>";
  append_html_escaped(out, title);
  out += "</h1>\n";
}

void append_head(std::string& out, std::uint64_t serial) {
  out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  append_meta(out, "pypi:repository-version", "1.4");
  append_meta(out, "wheelyard:serial", std::to_string(serial));
  append_meta(out, "viewport", "width=device-width, initial-scale=1");
  append_meta(out, "color-scheme", "light dark");
}

std::string href_of(const FileEntry& file) {
  std::string href = file.url.substr(0, file.url.find('#'));
  for (auto algorithm : link_hashes) {
    auto found = file.hashes.find(std::string(algorithm));
    if (found != file.hashes.end()) return href += "#" + found->first + "=" + found->second;
  }
  if (!file.hashes.empty()) href += "#" + file.hashes.begin()->first + "=" + file.hashes.begin()->second;
  return href;
}

/// PEP 740's link to attestations, which JSON carries as a member that we keep.
std::string provenance_of(const FileEntry& file) {
  if (file.extra_json.find("\"provenance\"") == std::string::npos) return {};
  auto document = JsonDocument::parse(file.extra_json, file.filename);
  auto root = document.root();
  if (!root.is(JsonValue::Kind::object)) return {};
  for (auto key = root.first(); !(key == root.end()); key = key.next().next()) {
    if (key.text() == "provenance" && key.next().is(JsonValue::Kind::string))
      return std::string(key.next().text());
  }
  return {};
}

void append_link(std::string& out, const FileEntry& file) {
  out += "<a";
  append_attribute(out, "href", href_of(file));
  if (!file.requires_python.empty()) append_attribute(out, "data-requires-python", file.requires_python);
  if (file.yanked) append_attribute(out, "data-yanked", file.yanked_reason);
  if (file.has_metadata) {
    std::string digest = file.metadata_sha256.empty() ? "true" : "sha256=" + file.metadata_sha256;
    // Not under its older name too: pip 22.3 to 23.0, which know that alone, refuse projects whose metadata
    // spells the name otherwise than the page does.
    append_attribute(out, "data-core-metadata", digest);
  }
  if (file.gpg_sig) append_attribute(out, "data-gpg-sig", *file.gpg_sig ? "true" : "false");
  if (auto provenance = provenance_of(file); !provenance.empty())
    append_attribute(out, "data-provenance", provenance);
  out += '>';
  append_html_escaped(out, file.filename);
  out += "</a><br>\n";
}

}  // namespace

std::string to_html(const ProjectPage& page) {
  std::string out;
  out.reserve(640 + page.files.size() * 480);
  append_head(out, page.serial);
  if (!page.status.empty()) append_meta(out, "pypi:project-status", page.status);
  if (!page.status_reason.empty()) append_meta(out, "pypi:project-status-reason", page.status_reason);
  append_title(out, "Links for " + page.name);
  for (const auto& file : page.files) append_link(out, file);
  out += "</body>\n</html>\n";
  return out;
}

std::string to_html(const RootPage& page) {
  std::string out;
  out.reserve(640 + page.projects.size() * 64);
  append_head(out, page.serial);
  append_title(out, "Simple index");
  for (const auto& project : page.projects) {
    out += "<a";
    append_attribute(out, "href", project + '/');
    out += '>';
    append_html_escaped(out, project);
    out += "</a><br>\n";
  }
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace wheelyard::index
