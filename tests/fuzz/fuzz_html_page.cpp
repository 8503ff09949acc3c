// HTML pages of anybody: a page or `corrupted`; and what was read survives being written and read again.
#include <cstdint>
#include <cstdlib>

#include "wheelyard/base/error.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/index/page_links.hpp"

using namespace wheelyard;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const index::ProjectPage& page) {
  for (const auto& file : page.files) {
    require(index::is_safe_filename(file.filename));
    require(index::is_link_url(file.url));
    require(index::url_filename(file.url) == file.filename);
    auto key = index::resolve_link("repo/", "repo/acme/index.html", file.url);
    require(!key || (key->starts_with("repo/") && key->find("/../") == std::string::npos));
  }
  auto again = index::project_from_html(index::to_html(page), page.name, "rewritten page");
  require(again.files.size() == page.files.size());
  for (std::size_t i = 0; i < page.files.size(); ++i) {
    require(again.files[i].filename == page.files[i].filename);
    require(again.files[i].url == page.files[i].url);
    require(again.files[i].requires_python == page.files[i].requires_python);
    require(again.files[i].yanked == page.files[i].yanked);
    require(again.files[i].yanked_reason == page.files[i].yanked_reason);
  }
  // JSON cannot hold what is no UTF-8, so only its success is asked for.
  index::to_json(page);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  index::html_serial(text);
  index::ProjectPage page;
  try {
    page = index::project_from_html(text, "acme", "page");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::corrupted || error.code() == ErrorCode::unsupported);
    return 0;
  }
  check(page);
  return 0;
}
