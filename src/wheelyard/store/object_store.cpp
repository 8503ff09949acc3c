#include "wheelyard/store/object_store.hpp"

#include <algorithm>

namespace wheelyard::store {
namespace {

/// A body that broke off is read again this many times in all.
constexpr int read_attempts = 3;

}  // namespace

void ObjectStore::remove_many(std::span<const std::string> keys) {
  auto failed = remove_each(keys);
  if (!failed.empty()) throw Error(failed.front().error);
}

std::vector<FailedRemoval> ObjectStore::remove_each(std::span<const std::string> keys) {
  std::vector<FailedRemoval> failed;
  for (const std::string& key : keys) {
    try {
      remove(key);
    } catch (const Error& error) {
      failed.push_back({.key = key, .error = error});
    }
  }
  return failed;
}

namespace {

[[noreturn]] void refuse(const ObjectStore& store, std::string doing, std::string_view key = {}) {
  throw Error(ErrorCode::unsupported, std::move(doing), store.describe(key),
              "this kind of store cannot do it");
}

}  // namespace

PutOptions ObjectStore::attributes_of(const ObjectInfo& info) const {
  PutOptions put;
  put.content_type = info.content_type;
  put.cache_control = info.cache_control;
  put.content_encoding = info.content_encoding;
  put.metadata = info.metadata;
  put.content_disposition = info.content_disposition;
  put.content_language = info.content_language;
  put.expires = info.expires;
  return put;
}

std::string ObjectStore::presign(const std::string& key, const PresignOptions&) {
  refuse(*this, "make a signed URL for", key);
}

std::unique_ptr<PartedUpload> ObjectStore::begin_parts(const std::string& key, const PutOptions&) {
  refuse(*this, "upload in parts to", key);
}

std::unique_ptr<PartedUpload> ObjectStore::resume_parts(const std::string& key, const std::string&,
                                                        const PutOptions&) {
  refuse(*this, "go on with an upload to", key);
}

std::vector<UnfinishedUpload> ObjectStore::unfinished_uploads(const std::string&) {
  return {};
}

std::vector<Part> ObjectStore::parts_of(const std::string&, const std::string&, const VendorHeaders&) {
  return {};
}

void ObjectStore::make_bucket() {
  refuse(*this, "make");
}

void ObjectStore::remove_bucket() {
  refuse(*this, "remove");
}

bool ObjectStore::bucket_exists() {
  refuse(*this, "look for");
}

std::string ObjectStore::bucket_location() {
  return {};
}

bool is_absence(const Error& error) {
  // A missing bucket is a mistake in the address, never an absent object.
  return error.code() == ErrorCode::not_found && error.details().server_code != "NoSuchBucket";
}

Object get_bytes(ObjectStore& store, const std::string& key, std::uint64_t limit, const GetOptions& options) {
  for (int attempt = 1;; ++attempt) {
    GetResult result = store.get(key, options);
    if (result.length > limit) {
      throw Error(ErrorCode::corrupted, "read", store.describe(key),
                  "it has " + std::to_string(result.length) + " bytes, and at most " + std::to_string(limit) +
                      " are expected here");
    }
    try {
      Object object;
      object.bytes = read_all(*result.body, limit, store.describe(key));
      object.info = std::move(result.info);
      return object;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || attempt == read_attempts) throw;
    }
  }
}

std::optional<Object> find_bytes(ObjectStore& store, const std::string& key, std::uint64_t limit,
                                 const GetOptions& options) {
  try {
    return get_bytes(store, key, limit, options);
  } catch (const Error& error) {
    if (!is_absence(error)) throw;
    return std::nullopt;
  }
}

std::optional<ObjectInfo> find_info(ObjectStore& store, const std::string& key) {
  try {
    return store.head(key);
  } catch (const Error& error) {
    if (!is_absence(error)) throw;
    return std::nullopt;
  }
}

std::vector<ObjectInfo> list_all(ObjectStore& store, const std::string& prefix) {
  std::vector<ObjectInfo> all;
  auto lister = store.list({.prefix = prefix});
  while (auto page = lister->next()) std::ranges::move(page->objects, std::back_inserter(all));
  return all;
}

bool any_below(ObjectStore& store, const std::string& prefix) {
  const auto lister = store.list({.prefix = prefix, .delimiter = {}, .start_after = {}, .page_size = 1});
  while (const auto page = lister->next()) {
    if (!page->objects.empty()) return true;
  }
  return false;
}

}  // namespace wheelyard::store
