#include "wheelyard/store/memory/memory_store.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <type_traits>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/conditions.hpp"

namespace wheelyard::store {
namespace {

/// Reads a shared, immutable string without copying it.
class SharedReader : public Reader {
 public:
  SharedReader(std::shared_ptr<const std::string> bytes, ResolvedRange range)
      : bytes_(std::move(bytes)), position_(range.offset), end_(range.offset + range.length) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    std::size_t count = std::min<std::uint64_t>(capacity, end_ - position_);
    std::copy_n(bytes_->data() + position_, count, buffer);
    position_ += count;
    return count;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
  std::uint64_t position_;
  std::uint64_t end_;
};

std::shared_ptr<const std::string> load(const SourcePtr& body, const std::string& target) {
  if (!body) return std::make_shared<const std::string>();
  if (body->in_memory().data() != nullptr) return std::make_shared<const std::string>(body->in_memory());
  auto reader = body->open();
  return std::make_shared<const std::string>(read_all(*reader, body->size(), target));
}

class MemoryStore : public ObjectStore, public std::enable_shared_from_this<MemoryStore> {
 public:
  explicit MemoryStore(MemoryStoreOptions options) : options_(std::move(options)) {}

  PutResult put(const std::string& key, const SourcePtr& body, const PutOptions& options) override {
    refuse_vendor_headers(options.vendor, "write", describe(key));
    auto bytes = load(body, describe(key));
    return request("put", key, options_.put_latency, [&] {
      check_mode(options.mode, current_etag(key), describe(key));
      Entry entry{.bytes = std::move(bytes), .info = {}};
      set_attributes(entry, options);
      return store_entry(key, std::move(entry));
    });
  }

  GetResult get(const std::string& key, const GetOptions& options) override {
    refuse_vendor_headers(options.vendor, "read", describe(key));
    return request("get", key, options_.get_latency, [&] {
      const Entry& entry = find(key, "read");
      check_conditions(options, entry.info.etag, describe(key));
      ResolvedRange range = resolve_range(options.range, entry.bytes->size(), describe(key));
      return GetResult{.info = entry.info,
                       .offset = range.offset,
                       .length = range.length,
                       .body = std::make_unique<SharedReader>(entry.bytes, range)};
    });
  }

  ObjectInfo head(const std::string& key, const VendorHeaders& vendor) override {
    refuse_vendor_headers(vendor, "look at", describe(key));
    return request("head", key, options_.get_latency, [&] { return find(key, "look at").info; });
  }

  std::unique_ptr<Lister> list(const ListOptions& options) override;

  void remove(const std::string& key) override {
    request("remove", key, options_.remove_latency, [&] { return objects_.erase(key); });
  }

  std::vector<FailedRemoval> remove_each(std::span<const std::string> keys) override {
    constexpr std::size_t batch = 1000;
    for (std::size_t begin = 0; begin < keys.size(); begin += batch) {
      auto part = keys.subspan(begin, std::min(batch, keys.size() - begin));
      request("remove_many", part.front(), options_.remove_latency, [&] {
        for (const std::string& key : part) objects_.erase(key);
        return 0;
      });
    }
    return {};
  }

  PutResult copy(const std::string& from, const std::string& to, const CopyOptions& options) override {
    if (options.source && options.source.get() != this) throw foreign_source_error(*this, *options.source);
    refuse_vendor_headers(options.vendor, "copy", describe(from));
    check_replacement(options, describe(to));
    return request("copy", to, options_.put_latency, [&] {
      Entry entry = find(from, "copy");
      if (!options.if_match.empty() && entry.info.etag != options.if_match)
        throw changed_error("copy", describe(from));
      if (options.replace) set_attributes(entry, *options.replace);
      return store_entry(to, std::move(entry));
    });
  }

  std::string describe(std::string_view key) const override { return "memory:" + std::string(key); }

  /// One page: what lies at or behind `position`, which is moved on; empty when the listing has ended.
  ListPage page(const ListOptions& options, std::optional<std::string>& position);

 private:
  struct Entry {
    std::shared_ptr<const std::string> bytes;
    ObjectInfo info;
  };

  static void set_attributes(Entry& entry, const PutOptions& options) {
    entry.info.content_type = options.content_type;
    entry.info.cache_control = options.cache_control;
    entry.info.content_encoding = options.content_encoding;
    entry.info.content_disposition = options.content_disposition;
    entry.info.content_language = options.content_language;
    entry.info.expires = options.expires;
    entry.info.metadata = options.metadata;
    if (!options.checksum) return;
    Checksum checksum(*options.checksum);
    checksum.update(*entry.bytes);
    entry.info.checksums = {{.algorithm = *options.checksum, .value = checksum.finish()}};
  }

  /// One round trip: it takes effect in the middle of its latency, under the lock.
  template <typename Effect>
  auto request(std::string_view operation, const std::string& key, std::chrono::microseconds latency,
               const Effect& effect) -> std::invoke_result_t<const Effect&> {
    if (options_.before) options_.before(operation, key);
    wait(latency / 2);
    auto result = [&] {
      std::lock_guard lock(mutex_);
      return effect();
    }();
    wait(latency - latency / 2);
    if (options_.after) options_.after(operation, key);
    return result;
  }

  static void wait(std::chrono::microseconds time) {
    if (time.count() > 0) std::this_thread::sleep_for(time);
  }

  const Entry& find(const std::string& key, const char* doing) const {
    auto found = objects_.find(key);
    if (found == objects_.end()) throw absent_error(doing, describe(key));
    return found->second;
  }

  std::optional<std::string> current_etag(const std::string& key) const {
    auto found = objects_.find(key);
    return found == objects_.end() ? std::nullopt : std::optional(found->second.info.etag);
  }

  PutResult store_entry(const std::string& key, Entry entry) {
    entry.info.key = key;
    entry.info.size = entry.bytes->size();
    entry.info.etag = options_.content_etags ? sha256_hex(*entry.bytes) : "m" + std::to_string(++version_);
    entry.info.last_modified = options_.clock();
    PutResult result{.etag = entry.info.etag};
    if (!entry.info.checksums.empty()) result.checksum = entry.info.checksums.front();
    objects_.insert_or_assign(key, std::move(entry));
    return result;
  }

  const MemoryStoreOptions options_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> objects_;
  std::uint64_t version_ = 0;
};

class MemoryLister : public Lister {
 public:
  MemoryLister(std::shared_ptr<MemoryStore> store, ListOptions options)
      : store_(std::move(store)), options_(std::move(options)) {
    position_ = options_.prefix;
    if (!options_.start_after.empty()) position_ = std::max(options_.prefix, options_.start_after + '\0');
  }

  std::optional<ListPage> next() override {
    if (!position_) return std::nullopt;
    return store_->page(options_, position_);
  }

 private:
  std::shared_ptr<MemoryStore> store_;
  ListOptions options_;
  std::optional<std::string> position_;
};

std::unique_ptr<Lister> MemoryStore::list(const ListOptions& options) {
  refuse_vendor_headers(options.vendor, "list", describe(options.prefix));
  return std::make_unique<MemoryLister>(shared_from_this(), options);
}

ListPage MemoryStore::page(const ListOptions& options, std::optional<std::string>& position) {
  return request("list", options.prefix, options_.list_latency, [&] {
    ListPage page;
    auto next = objects_.lower_bound(*position);
    while (next != objects_.end() && next->first.starts_with(options.prefix)) {
      if (page.objects.size() + page.prefixes.size() >= std::max(options.page_size, 1u)) {
        position = next->first;
        return page;
      }
      std::size_t cut = options.delimiter.empty()
                            ? std::string::npos
                            : next->first.find(options.delimiter, options.prefix.size());
      if (cut == std::string::npos) {
        const ObjectInfo& info = next->second.info;
        page.objects.push_back(
            {.key = info.key, .size = info.size, .etag = info.etag, .last_modified = info.last_modified});
        ++next;
      } else {
        page.prefixes.push_back(next->first.substr(0, cut + options.delimiter.size()));
        std::string end = prefix_end(page.prefixes.back());
        next = end.empty() ? objects_.end() : objects_.lower_bound(end);
      }
    }
    position.reset();
    return page;
  });
}

}  // namespace

std::shared_ptr<ObjectStore> make_memory_store(MemoryStoreOptions options) {
  return std::make_shared<MemoryStore>(std::move(options));
}

}  // namespace wheelyard::store
