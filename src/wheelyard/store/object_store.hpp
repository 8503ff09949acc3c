#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/store/object_types.hpp"
#include "wheelyard/store/parted_upload.hpp"

namespace wheelyard::store {

/// One bucket, whatever holds it. Thread-safe; strongly consistent: what a put acknowledged is what the next
/// get, head and list see. Keys are any bytes that the backend allows, taken as they are: a bucket tells
/// "a//b",
/// "/a" and "a/../b" apart, a folder refuses them (`invalid_argument`).
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
  /// `vendor` as in GetOptions.
  virtual ObjectInfo head(const std::string& key, const VendorHeaders& vendor = {}) = 0;
  /// The parts that an object with this ETag was completed of, in order, each with its size and, where the
  /// store keeps it, its checksum: what is needed to check a checksum that is of parts, or ranges that are
  /// read at once. Empty where the store does not tell, or has another state of the object.
  virtual std::vector<Part> parts_of(const std::string& key, const std::string& etag,
                                     const VendorHeaders& vendor = {});
  virtual std::unique_ptr<Lister> list(const ListOptions& options) = 0;
  /// A key that is not there is no error.
  virtual void remove(const std::string& key) = 0;
  /// The same for many, in as few requests as the store can. Throws for the first that could not be removed,
  /// after all were tried.
  virtual void remove_many(std::span<const std::string> keys);
  /// The same, but nothing is thrown for single keys: those that could not be removed, each with its error.
  virtual std::vector<FailedRemoval> remove_each(std::span<const std::string> keys);
  /// Copies on the server's side, attributes included; overwrites. A source that changed (`if_match`) is
  /// `precondition_failed`.
  virtual PutResult copy(const std::string& from, const std::string& to, const CopyOptions& options = {}) = 0;
  /// The attributes of an object as a put takes them: what a copy with `replace` needs to keep them. None of
  /// the ACL, which no answer tells.
  virtual PutOptions attributes_of(const ObjectInfo& info) const;
  /// Whether objects have user metadata here. A store without it takes and drops it.
  virtual bool keeps_metadata() const { return true; }
  /// Whether `copy` can take objects of that store.
  virtual bool copies_from(const ObjectStore& source) const { return this == &source; }
  /// Removes what writers that died have left where no listing shows it. Each put and removal does so too;
  /// for whoever wants it done without either. Stores that keep nothing of the kind do nothing.
  virtual void sweep() {}
  /// A URL that works without credentials until it expires: a secret. `unsupported` where the store has none.
  virtual std::string presign(const std::string& key, const PresignOptions& options = {});

  /// Uploads in parts, for objects that are large or come as a stream; none where the store has none.
  virtual std::optional<PartLimits> part_limits() const { return std::nullopt; }
  /// Throws `unsupported` without `part_limits`. `options.mode` is what the completion will hold to.
  virtual std::unique_ptr<PartedUpload> begin_parts(const std::string& key, const PutOptions& options = {});
  /// Goes on with an upload that was begun with the same key and options. Nothing is asked of the server.
  virtual std::unique_ptr<PartedUpload> resume_parts(const std::string& key, const std::string& id,
                                                     const PutOptions& options = {});
  /// Uploads below a prefix that were begun and neither completed nor aborted, in order of key and time.
  virtual std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix);

  /// The bucket itself. Throws `already_exists` (also: another account's), `not_found`, `unsupported`.
  virtual void make_bucket();
  /// Has to be empty: else `precondition_failed`.
  virtual void remove_bucket();
  virtual bool bucket_exists();
  /// Its region; "" where the store has none.
  virtual std::string bucket_location();

  /// What requests are made with, as the bucket's owner would recognise it: the name of a key or an account.
  /// Never a secret. "" where nobody is named.
  virtual std::string credential_name() { return {}; }

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
/// Whether any key begins so: one request.
bool any_below(ObjectStore& store, const std::string& prefix);

}  // namespace wheelyard::store
