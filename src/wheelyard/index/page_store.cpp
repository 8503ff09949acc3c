#include "wheelyard/index/page_store.hpp"

#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::index {

namespace {

// Enough for everything up to the serial, which stands in the head of our pages.
constexpr std::uint64_t html_head_bytes = 2048;

struct HtmlState {
  std::optional<std::string> etag;
  std::optional<std::uint64_t> serial;
};

HtmlState look_at_html(store::ObjectStore& store, const std::string& key) {
  store::GetOptions options;
  options.range = store::ByteRange{0, html_head_bytes};
  try {
    auto head = store::find_bytes(store, key, html_head_bytes, options);
    if (!head) return {};
    return {head->info.etag, html_serial(head->bytes)};
  } catch (const Error& error) {
    // A range of an empty object cannot be satisfied (RFC 9110, 15.5.17).
    if (error.details().http_status != 416) throw;
    auto info = store::find_info(store, key);
    if (!info) return {};
    return {info->etag, std::nullopt};
  }
}

store::PutOptions page_options(std::string_view content_type, const std::optional<std::string>& etag,
                               const std::string& acl) {
  store::PutOptions options;
  options.mode = etag ? store::PutMode::update(*etag) : store::PutMode::create();
  options.content_type = content_type;
  // The same in the words that every shared cache in front of a public bucket knows.
  options.cache_control =
      acl == "public-read" ? "public, must-revalidate, proxy-revalidate, max-age=0" : "no-cache";
  options.acl = acl;
  return options;
}

}  // namespace

std::optional<Stored<ProjectPage>> PageStore::find_project(const std::string& name) const {
  const auto key = layout_.page_json(name);
  auto object = store::find_bytes(store_, key, max_page_bytes);
  if (!object) return std::nullopt;
  Stored<ProjectPage> stored{project_from_json(object->bytes, store_.describe(key)), object->info.etag};
  if (stored.page.name != name) {
    throw Error(ErrorCode::corrupted, "read", store_.describe(key),
                "it is the page of another project, '" + stored.page.name + "'",
                "run 'wheelyard verify --repair " + name + "' to make it anew from the files");
  }
  return stored;
}

std::optional<Stored<RootPage>> PageStore::find_root() const {
  const auto key = layout_.root_json();
  auto object = store::find_bytes(store_, key, max_page_bytes);
  if (!object) return std::nullopt;
  return Stored<RootPage>{root_from_json(object->bytes, store_.describe(key)), object->info.etag};
}

bool PageStore::put_json(const std::string& key, std::string json, std::optional<std::string>& etag,
                         const std::string& acl) const {
  try {
    etag = store_.put(key, bytes_source(std::move(json)), page_options(json_content_type, etag, acl)).etag;
    return true;
  } catch (const Error& error) {
    if (store::is_lost_race(error)) return false;
    throw;
  }
}

bool PageStore::swap(Stored<ProjectPage>& stored, const std::string& acl) const {
  return put_json(layout_.page_json(stored.page.name), to_json(stored.page), stored.etag, acl);
}

bool PageStore::swap(Stored<RootPage>& stored, const std::string& acl) const {
  return put_json(layout_.root_json(), to_json(stored.page), stored.etag, acl);
}

void PageStore::put_html(const std::string& key, std::uint64_t serial,
                         const std::function<std::string()>& render, const std::string& acl) const {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    const auto there = look_at_html(store_, key);
    if (there.serial && *there.serial >= serial) return;
    try {
      store_.put(key, bytes_source(render()), page_options("text/html; charset=utf-8", there.etag, acl));
      return;
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
  }
  store::give_up(store_.describe(key));
}

void PageStore::catch_up_html(const ProjectPage& page, const std::string& acl) const {
  put_html(layout_.page_html(page.name), page.serial, [&] { return to_html(page); }, acl);
}

void PageStore::catch_up_html(const RootPage& page, const std::string& acl) const {
  put_html(layout_.root_html(), page.serial, [&] { return to_html(page); }, acl);
}

std::optional<std::string> PageStore::key_of(const std::string& project, const FileEntry& file) const {
  return resolve_link(layout_.prefix(), layout_.page_html(project), file.url);
}

}  // namespace wheelyard::index
