// JSON pages: a page or `corrupted`; and what was read is written so that it reads, and writes, the same.
#include <cstdint>
#include <cstdlib>

#include "wheelyard/base/error.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"

using namespace wheelyard;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Read>
auto read(Read read_page, std::string_view text) -> std::optional<decltype(read_page(text, ""))> {
  try {
    return read_page(text, "page");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::corrupted || error.code() == ErrorCode::unsupported);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto page = read(index::project_from_json, text)) {
    auto json = index::to_json(*page);
    require(index::to_json(index::project_from_json(json, "rewritten page")) == json);
    index::project_from_json(index::to_json(*page, false), "page for clients");
    auto html = index::project_from_html(index::to_html(*page), page->name, "page as HTML");
    require(html.serial == page->serial);
  }
  if (auto root = read(index::root_from_json, text)) {
    auto json = index::to_json(*root);
    require(index::to_json(index::root_from_json(json, "rewritten root")) == json);
  }
  return 0;
}
