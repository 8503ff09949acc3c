#include <algorithm>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::string_view wild = "*?[";

Error nothing_fits(const Place& pattern) {
  return Error(ErrorCode::not_found, "find", pattern.describe(), "nothing fits this pattern",
               "quote it, so that the shell leaves it as it is, and check it with ls");
}

/// A "*" in the last part of a name stands for names without "/", as in a shell.
std::vector<Place> expand_keys(const Place& pattern) {
  if (store::find_info(*pattern.store, pattern.key)) return {pattern};
  std::vector<Place> places;
  const std::string start = pattern.key.substr(0, pattern.key.find_first_of(wild));
  const auto lister = pattern.store->list({.prefix = start, .delimiter = "/"});
  while (auto page = lister->next()) {
    for (store::ObjectInfo& info : page->objects) {
      if (!matches(pattern.key, info.key)) continue;
      Place place = pattern;
      place.key = std::move(info.key);
      places.push_back(std::move(place));
    }
    for (std::string& prefix : page->prefixes) {
      if (!matches(pattern.key + "/", prefix)) continue;
      Place place = pattern;
      place.key = std::move(prefix);
      place.names_folder = true;
      places.push_back(std::move(place));
    }
  }
  std::ranges::sort(places, {}, &Place::key);
  return places;
}

std::vector<Place> expand_files(const Place& pattern) {
  std::error_code failure;
  if (std::filesystem::symlink_status(pattern.path, failure).type() !=
      std::filesystem::file_type::not_found) {
    return {pattern};
  }
  const std::string name = pattern.path.filename().string();
  const std::filesystem::path folder = pattern.path.parent_path();
  std::vector<Place> places;
  std::filesystem::directory_iterator entries(folder.empty() ? "." : folder, failure);
  if (failure) throw system_error_for("list", folder, failure.value());
  for (const auto& entry : entries) {
    const std::string file = entry.path().filename().string();
    // As in a shell, "*" does not show what is hidden.
    if (!matches(name, file) || (file.starts_with('.') && !name.starts_with('.'))) continue;
    Place place{.kind = Place::Kind::files, .path = folder / file};
    place.names_folder = entry.is_directory(failure);
    places.push_back(std::move(place));
  }
  std::ranges::sort(places, {}, &Place::path);
  return places;
}

}  // namespace

std::vector<Place> expand(const Place& pattern) {
  if (pattern.kind == Place::Kind::stream) return {pattern};
  const bool store = pattern.kind == Place::Kind::store;
  const std::string text = store ? pattern.key : pattern.path.string();
  const std::size_t slash = text.rfind('/');
  const std::size_t first_wild = text.find_first_of(wild);
  if (first_wild == std::string::npos || (slash != std::string::npos && first_wild < slash)) return {pattern};
  auto places = store ? expand_keys(pattern) : expand_files(pattern);
  if (places.empty()) throw nothing_fits(pattern);
  return places;
}

}  // namespace wheelyard::transfer
