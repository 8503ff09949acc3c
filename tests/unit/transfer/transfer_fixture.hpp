#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/forwarding_store.hpp"
#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/io.hpp"
#include "wheelyard/store/memory/memory_store.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {

inline Place in_store(std::shared_ptr<store::ObjectStore> store, std::string key) {
  Place place{.kind = Place::Kind::store, .store = std::move(store), .key = std::move(key)};
  place.names_folder = place.key.empty() || place.key.ends_with('/');
  return place;
}

inline Place in_files(const std::filesystem::path& path) {
  return parse_place(path.string());
}

/// Keeps what it was told.
struct Told {
  std::vector<ItemEvent> items;
  std::vector<TransferProgress> progress;

  TransferSinks sinks() {
    return {.on_item = [this](const ItemEvent& event) { items.push_back(event); },
            .on_progress = [this](const TransferProgress& event) { progress.push_back(event); }};
  }
  /// The only failed item.
  const ItemEvent& failed() const {
    const ItemEvent* found = nullptr;
    for (const ItemEvent& event : items) {
      if (event.outcome != ItemEvent::Outcome::failed) continue;
      if (found != nullptr) throw std::runtime_error("more than one item has failed");
      found = &event;
    }
    if (found == nullptr) throw std::runtime_error("no item has failed");
    return *found;
  }
};

/// Every file below a folder with what is in it.
inline std::map<std::string, std::string> files_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() && !entry.is_symlink()) continue;
    files[entry.path().lexically_relative(folder).string()] =
        entry.is_symlink() ? "-> " + std::filesystem::read_symlink(entry.path()).string()
                           : read_file(entry.path());
  }
  return files;
}

inline std::map<std::string, std::string> objects_in(store::ObjectStore& store,
                                                     const std::string& prefix = {}) {
  std::map<std::string, std::string> objects;
  for (const auto& info : store::list_all(store, prefix)) {
    objects[info.key] = store::get_bytes(store, info.key, 1u << 30).bytes;
  }
  return objects;
}

inline void put(store::ObjectStore& store, const std::string& key, std::string bytes) {
  store.put(key, bytes_source(std::move(bytes)), {});
}

inline std::string made_bytes(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

}  // namespace wheelyard::transfer
