#pragma once

#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::release {

/// Writes as the released s3p does.
struct LegacyBucket {
  store::ObjectStore& store;

  void put(const std::string& key, const std::string& bytes, const std::string& version) const {
    store::PutOptions options;
    if (!version.empty()) options.metadata["version"] = version;
    store.put(key, bytes_source(bytes), options);
  }
  /// Into the first rank, and right after it into the archive.
  void push(const std::string& file, const std::string& bytes, const std::string& version) const {
    put("qa/" + file, bytes, version);
    put("archive/" + version + "/" + file, bytes, version);
  }
  void promote(const std::string& file, const std::string& from, const std::string& to) const {
    store.copy(from + "/" + file, to + "/" + file);
  }
};

}  // namespace wheelyard::release
