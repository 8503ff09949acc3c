#include "wheelyard/cli/object_place.hpp"

#include <filesystem>

#include "wheelyard/base/url.hpp"
#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/store/open_store.hpp"

namespace wheelyard::cli {
namespace {

using Kind = transfer::Place::Kind;

UsageError no_object(std::string_view text) {
  return UsageError("'" + std::string(text) + "' is no object",
                    "name an object: s3://bucket/key, or the path of a file");
}

/// A file as an object of its folder.
ObjectPlace in_folder(const std::filesystem::path& folder, std::string key,
                      const store::StoreSettings& settings) {
  // The path goes as it is: "memory:" and "s3:" are names of folders here.
  const auto absolute = std::filesystem::absolute(folder.empty() ? "." : folder);
  return {.store = store::open_store(absolute.string(), settings).store, .key = std::move(key)};
}

}  // namespace

ObjectPlace open_object(const Session& session, std::string_view text) {
  const auto place = session.place(text);
  if (place.kind == Kind::stream) throw no_object(text);
  if (place.kind == Kind::store) {
    if (place.key.empty()) throw no_object(text);
    return {.store = place.store, .key = place.key};
  }
  if (place.names_folder || !place.path.has_filename()) throw no_object(text);
  return in_folder(place.path.parent_path(), place.path.filename().string(), session.store_settings());
}

ObjectPlace open_prefix(const Session& session, std::string_view text) {
  const auto place = session.place(text);
  if (place.kind == Kind::stream) throw no_object(text);
  if (place.kind == Kind::store) return {.store = place.store, .key = place.key};
  std::error_code ignored;
  if (place.names_folder || !place.path.has_filename() || std::filesystem::is_directory(place.path, ignored))
    return in_folder(place.path, "", session.store_settings());
  return in_folder(place.path.parent_path(), place.path.filename().string(), session.store_settings());
}

std::shared_ptr<store::ObjectStore> open_bucket(const Session& session, std::string_view url) {
  const auto place = session.place(url);
  if (place.kind != Kind::store || !place.key.empty()) {
    throw UsageError("'" + without_user_info(url) + "' is no bucket", "write s3://bucket");
  }
  return place.store;
}

}  // namespace wheelyard::cli
