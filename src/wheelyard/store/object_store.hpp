#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::store {

/// How a put treats what is there already: the compare-and-swap that everything rests on.
struct PutMode {
  enum class Kind { overwrite, create, update };
  Kind kind = Kind::overwrite;
  std::string etag;  ///< for `update`

  static PutMode overwrite() { return {}; }
  static PutMode create() { return {Kind::create, {}}; }                               ///< only if absent
  static PutMode update(std::string etag) { return {Kind::update, std::move(etag)}; }  ///< only if unchanged
};

struct PutOptions {
  PutMode mode;
  std::string content_type;
  std::string cache_control;
  std::string content_encoding;
  std::string acl;  ///< a canned ACL ("public-read"); empty: none is sent. Folders have none: ignored there.
  std::map<std::string, std::string> metadata;  ///< user metadata, lower-case names without "x-amz-meta-"
};

struct PutResult {
  std::string etag;
};

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  ///< opaque, without the quotes of HTTP
  TimePoint last_modified{};
  std::string content_type;                     ///< from get and head, not from list
  std::string cache_control;                    ///< from get and head
  std::string content_encoding;                 ///< from get and head
  std::map<std::string, std::string> metadata;  ///< from get and head
};

/// Must begin within the object and hold a byte: else `invalid_argument` (http_status 416). It is cut at the
/// object's end. Offset 0 without a length is the whole object, an empty one too.
struct ByteRange {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  ///< none: to the end
};

struct GetOptions {
  std::optional<ByteRange> range;
  std::string if_match;       ///< another ETag: `precondition_failed`
  std::string if_none_match;  ///< the same ETag: `precondition_failed`, with http_status 304
};

struct GetResult {
  ObjectInfo info;  ///< `size` is the whole object's
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  ///< of what `body` gives
  std::unique_ptr<Reader> body;
};

struct ListOptions {
  std::string prefix;
  std::string delimiter;    ///< empty: everything below the prefix
  std::string start_after;  ///< only keys that sort after it (by bytes)
  std::uint32_t page_size = 1000;
};

struct ListPage {
  std::vector<ObjectInfo> objects;    ///< in byte order of their keys
  std::vector<std::string> prefixes;  ///< common prefixes, delimiter included
};

/// Pages of a listing, fetched as they are asked for.
class Lister {
 public:
  virtual ~Lister() = default;
  /// None when there is no more.
  virtual std::optional<ListPage> next() = 0;
};

/// One bucket, whatever holds it. Thread-safe; strongly consistent: what a put acknowledged is what the next
/// get, head and list see. Keys are any bytes that the backend allows, "/" between parts; they never begin
/// with "/".
///
/// Throws Error: `not_found` only where the server says that the object (or bucket) is not there;
/// `permission_denied`, `unauthenticated`, `unavailable` as they are. A condition that does not hold is
/// `precondition_failed` for `update` and `already_exists` for `create`.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// All of the body (null: none) or nothing. After an answer that was lost, a condition that no longer holds
  /// is resolved by looking: where the object holds exactly these bytes, the put has succeeded.
  virtual PutResult put(const std::string& key, const SourcePtr& body, const PutOptions& options = {}) = 0;
  virtual GetResult get(const std::string& key, const GetOptions& options = {}) = 0;
  virtual ObjectInfo head(const std::string& key) = 0;
  virtual std::unique_ptr<Lister> list(const ListOptions& options) = 0;
  /// A key that is not there is no error.
  virtual void remove(const std::string& key) = 0;
  /// The same for many, in as few requests as the store can. Throws for the first that could not be removed,
  /// after all were tried.
  virtual void remove_many(std::span<const std::string> keys);
  /// Copies within the store, metadata included; overwrites. `if_match`: only while the source has this ETag.
  virtual PutResult copy(const std::string& from, const std::string& to,
                         const std::string& if_match = {}) = 0;
  /// Removes what writers that died have left where no listing shows it. Each put and removal does so too;
  /// for whoever wants it done without either. Stores that keep nothing of the kind do nothing.
  virtual void sweep() {}
  /// A URL that gives the object without credentials until it expires. `unsupported` where the store has
  /// none.
  virtual std::string presign_get(const std::string& key, std::chrono::seconds expires);

  /// For messages: "s3://bucket/key", "/srv/wheels/key". Never with secrets.
  virtual std::string describe(std::string_view key) const = 0;
};

/// Whether an error says that an object is certainly not there: `not_found`, but of a bucket.
bool is_absence(const Error& error);

/// The whole object in memory: more than `limit` bytes is `corrupted`.
struct Object {
  ObjectInfo info;
  std::string bytes;
};
Object get_bytes(ObjectStore& store, const std::string& key, std::uint64_t limit,
                 const GetOptions& options = {});
/// The same, but none where the object is absent. Only `not_found` is absence; every other error is thrown
/// on.
std::optional<Object> find_bytes(ObjectStore& store, const std::string& key, std::uint64_t limit,
                                 const GetOptions& options = {});
std::optional<ObjectInfo> find_info(ObjectStore& store, const std::string& key);
/// Every object below a prefix, all pages.
std::vector<ObjectInfo> list_all(ObjectStore& store, const std::string& prefix);

}  // namespace wheelyard::store
