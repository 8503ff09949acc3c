#include "wheelyard/transfer/place.hpp"

#include <system_error>

#include "wheelyard/base/text.hpp"

namespace wheelyard::transfer {
namespace {

Place file_place(std::filesystem::path path, bool slash) {
  Place place{.kind = Place::Kind::files, .path = std::move(path)};
  std::error_code failure;
  place.names_folder = slash || std::filesystem::is_directory(place.path, failure);
  return place;
}

}  // namespace

std::string Place::describe() const {
  switch (kind) {
    case Kind::store:
      return store->describe(key);
    case Kind::files:
      return path.string();
    case Kind::stream:
      break;
  }
  return "-";
}

Place parse_place(std::string_view text, const store::StoreSettings& settings) {
  if (text == "-") return {.kind = Place::Kind::stream};
  if (auto object = store::parse_object_url(text)) {
    Place place{.kind = Place::Kind::store, .key = std::move(object->key)};
    place.store = store::open_store(object->bucket_url, settings).store;
    place.names_folder = place.key.empty() || place.key.ends_with('/');
    return place;
  }
  if (starts_with_ignoring_case(text, "file:")) {
    // open_store knows what such a URL may hold; its prefix is never set.
    const store::Location location = store::open_store(text, settings);
    std::string path = location.store->describe({});
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return file_place(std::move(path), text.ends_with('/'));
  }
  if (text.empty() || text.find('\0') != std::string_view::npos ||
      text.find("://") != std::string_view::npos) {
    store::open_store(text, settings);  // refuses it with a hint, unless it is a folder's odd name
  }
  return file_place(std::string(text), text.ends_with('/'));
}

}  // namespace wheelyard::transfer
