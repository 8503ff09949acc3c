#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/clock.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::store {

class ObjectStore;

/// How a put treats what is there already: the compare-and-swap that everything rests on.
struct PutMode {
  enum class Kind { overwrite, create, update };
  Kind kind = Kind::overwrite;
  std::string etag;  ///< for `update`

  static PutMode overwrite() { return {}; }
  static PutMode create() { return {Kind::create, {}}; }                               ///< only if absent
  static PutMode update(std::string etag) { return {Kind::update, std::move(etag)}; }  ///< only if unchanged
};

/// Headers that are the backend's own, under the names that its documentation gives them in a request
/// ("x-amz-storage-class"). A backend that cannot keep one says `unsupported`; it is never passed over.
using VendorHeaders = std::map<std::string, std::string>;

struct PutOptions {
  PutMode mode;
  std::string content_type;
  std::string cache_control;
  std::string content_encoding;
  std::string acl;  ///< a canned ACL ("public-read"); empty: none is sent. Folders have none: ignored there.
  /// User metadata, lower-case names without the vendor's prefix; values are UTF-8.
  std::map<std::string, std::string> metadata;
  std::string content_disposition;
  std::string content_language;
  std::string expires;  ///< an HTTP date (RFC 9110 section 5.6.7)
  VendorHeaders vendor;
  /// Which checksum is sent for the store to check and keep; none: the backend's own choice.
  std::optional<ChecksumAlgorithm> checksum;
  /// For `begin_parts`: some parts will be copies (`copy_part`). Few stores can check those against a
  /// checksum, so that such an object is kept without one unless the store makes it by itself.
  bool copied_parts = false;
};

/// A digest that the store keeps beside an object.
struct ObjectChecksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32c;
  std::string value;        ///< raw bytes
  std::uint32_t parts = 0;  ///< 0: of the object's bytes; else a digest of the digests of so many parts
};

struct PutResult {
  std::string etag;
  std::optional<ObjectChecksum> checksum;  ///< what the store keeps, where it said so
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
  std::string content_disposition;              ///< from get and head
  std::string content_language;                 ///< from get and head
  std::string expires;                          ///< from get and head, as it was given
  std::string storage_class;                    ///< "" for the backend's usual one
  VendorHeaders vendor;                         ///< from get and head: what else the backend told of it
  std::vector<ObjectChecksum> checksums;        ///< from get and head
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
  /// Where the store keeps a digest of exactly the bytes that are given (its own checksum, or an ETag that is
  /// an MD5), the body is digested on its way and ends with `corrupted` unless it fits.
  bool verify = true;
  VendorHeaders vendor;  ///< as in PutOptions: customer keys, who pays
};

struct CopyOptions {
  std::string if_match;  ///< only while the source has this ETag. Few servers honour more than this.
  /// The copy's own attributes in place of the source's; `mode` in it has to be overwrite. None: all as they
  /// are.
  std::optional<PutOptions> replace;
  VendorHeaders vendor;         ///< for the copy
  VendorHeaders source_vendor;  ///< for reading the source, as in GetOptions
  /// From another bucket; null: from this one. `unsupported` unless `copies_from(*source)`.
  std::shared_ptr<ObjectStore> source;
  /// In parts of this many bytes where the object is larger; 0: only where it is larger than the backend
  /// copies in one request.
  std::uint64_t part_size = 0;
};

struct FailedRemoval {
  std::string key;
  Error error;
};

/// A signed URL: what it allows, for how long.
struct PresignOptions {
  std::string method = "GET";  ///< GET, HEAD, PUT or DELETE
  std::chrono::seconds expires{3600};
  /// Headers that the answer to a GET will have, whatever the object's are: "content-type",
  /// "content-disposition", "content-encoding", "content-language", "cache-control", "expires".
  std::map<std::string, std::string> answer_headers;
  /// Headers that whoever uses the URL has to send just so: "content-type" of a PUT, vendor's ones.
  std::map<std::string, std::string> request_headers;
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
  VendorHeaders vendor;  ///< as in GetOptions; what a listing has no use for is left out
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

}  // namespace wheelyard::store
