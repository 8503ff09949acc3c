#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "support/forwarding_store.hpp"

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::transfer {

/// A memory store that has parts and keeps a checksum of every object, as a real one does.
class PartedStore : public test_support::ForwardingStore, public std::enable_shared_from_this<PartedStore> {
 public:
  explicit PartedStore(std::shared_ptr<store::ObjectStore> inner = store::make_memory_store())
      : ForwardingStore(std::move(inner)) {}

  std::function<void(std::uint32_t number)> before_part;
  std::function<void(const store::GetOptions&)> before_get;
  std::function<void()> before_complete;
  std::atomic<int> parts_put = 0;
  std::atomic<int> parts_copied = 0;
  std::atomic<int> gets = 0;
  std::optional<ChecksumAlgorithm> keeps = ChecksumAlgorithm::crc32c;
  bool lies = false;  ///< its checksums fit nothing

  std::optional<store::PartLimits> part_limits() const override {
    return store::PartLimits{.smallest = 1, .largest = 5ull << 30, .most = 10'000};
  }
  bool copies_from(const store::ObjectStore& source) const override { return this == &source; }

  store::ObjectInfo head(const std::string& key, const store::VendorHeaders& vendor = {}) override {
    store::ObjectInfo info = ForwardingStore::head(key, vendor);
    if (!keeps) return info;
    const std::string bytes = store::get_bytes(*this, key, 1u << 30).bytes;
    --gets;
    info.checksums = {{.algorithm = *keeps, .value = checksum_of(lies ? bytes + "x" : bytes)}};
    return info;
  }
  store::GetResult get(const std::string& key, const store::GetOptions& options = {}) override {
    ++gets;
    if (before_get) before_get(options);
    return ForwardingStore::get(key, options);
  }

  std::unique_ptr<store::PartedUpload> begin_parts(const std::string& key,
                                                   const store::PutOptions& options) override {
    const std::lock_guard lock(mutex_);
    const std::string id = "upload-" + std::to_string(++last_id_);
    uploads_[id].key = key;
    return std::make_unique<Upload>(*this, key, id, options);
  }
  std::unique_ptr<store::PartedUpload> resume_parts(const std::string& key, const std::string& id,
                                                    const store::PutOptions& options) override {
    return std::make_unique<Upload>(*this, key, id, options);
  }
  std::vector<store::UnfinishedUpload> unfinished_uploads(const std::string& prefix) override {
    const std::lock_guard lock(mutex_);
    std::vector<store::UnfinishedUpload> all;
    for (const auto& [id, upload] : uploads_) {
      if (upload.key.starts_with(prefix)) all.push_back({.key = upload.key, .id = id});
    }
    return all;
  }

 private:
  struct State {
    std::string key;
    std::map<std::uint32_t, std::string> parts;
  };

  std::string checksum_of(std::string_view bytes) const {
    Checksum checksum(*keeps);
    checksum.update(bytes);
    return checksum.finish();
  }

  class Upload : public store::PartedUpload {
   public:
    Upload(PartedStore& store, std::string key, std::string id, store::PutOptions options)
        : store_(store), key_(std::move(key)), id_(std::move(id)), options_(std::move(options)) {}
    const std::string& id() const override { return id_; }
    store::Part put_part(std::uint32_t number, const SourcePtr& body) override {
      if (store_.before_part) store_.before_part(number);
      const auto reader = body->open();
      store::Part part = keep(number, read_all(*reader, body->size(), "part"));
      ++store_.parts_put;
      return part;
    }
    store::Part copy_part(std::uint32_t number, const std::string& from, const store::ByteRange& range,
                          const store::CopyOptions& options) override {
      const auto object = store_.ForwardingStore::get(from, {.range = range, .if_match = options.if_match});
      ++store_.parts_copied;
      return keep(number, read_all(*object.body, 1u << 30, "part"));
    }
    std::vector<store::Part> parts() override {
      const std::lock_guard lock(store_.mutex_);
      std::vector<store::Part> all;
      for (const auto& [number, bytes] : state().parts) all.push_back(part(number, bytes));
      return all;
    }
    store::PutResult complete(const std::vector<store::Part>& parts) override {
      if (store_.before_complete) store_.before_complete();
      std::string bytes;
      {
        const std::lock_guard lock(store_.mutex_);
        for (const store::Part& wanted : parts) bytes += state().parts.at(wanted.number);
      }
      store::PutResult result = store_.put(key_, bytes_source(std::move(bytes)), options_);
      const std::lock_guard lock(store_.mutex_);
      store_.uploads_.erase(id_);
      return result;
    }
    void abort() override {
      const std::lock_guard lock(store_.mutex_);
      store_.uploads_.erase(id_);
    }

   private:
    State& state() {
      const auto found = store_.uploads_.find(id_);
      if (found == store_.uploads_.end())
        throw Error(ErrorCode::not_found, "upload to", key_, "no such upload");
      return found->second;
    }
    store::Part keep(std::uint32_t number, std::string bytes) {
      const std::lock_guard lock(store_.mutex_);
      state().parts[number] = std::move(bytes);
      return part(number, state().parts[number]);
    }
    store::Part part(std::uint32_t number, const std::string& bytes) const {
      store::Part made{.number = number, .size = bytes.size(), .etag = "p" + std::to_string(number)};
      if (store_.keeps)
        made.checksum = store::ObjectChecksum{.algorithm = *store_.keeps, .value = store_.checksum_of(bytes)};
      return made;
    }

    PartedStore& store_;
    const std::string key_;
    const std::string id_;
    const store::PutOptions options_;
  };

  std::mutex mutex_;
  std::map<std::string, State> uploads_;
  int last_id_ = 0;
};

}  // namespace wheelyard::transfer
