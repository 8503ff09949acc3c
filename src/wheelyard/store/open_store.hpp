#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/http/client.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

struct StoreSettings {
  auth::AwsOverrides aws;
  auth::Environment environment;  ///< empty: the process's own
  http::RequestLog log;
  /// Called some times a second by a thread that waits for a server. What it throws ends the call and is
  /// thrown on.
  std::function<void()> on_wait;
};

/// A store and the place in it that a URL names.
struct Location {
  std::shared_ptr<ObjectStore> store;
  std::string prefix;  ///< "" or "a/b/": ends with a slash where it is not empty
  std::string url;     ///< normalised, without secrets: "s3://bucket/a/b", "file:///srv/wheels"
};

/// `s3://bucket/prefix`, `file:///dir`, `memory:` or a plain path (taken as a folder, made absolute; it is
/// created by the first put). Touches neither the network nor the disk. Throws `invalid_argument` on anything
/// else.
Location open_store(std::string_view url, const StoreSettings& settings = {});

/// What "s3://bucket/key" names, the key taken byte for byte: "a//b", "/a" and "../a" are keys. An access
/// point may stand in the bucket's place: "s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/key".
struct ObjectUrl {
  std::string bucket_url;  ///< for `open_store`: "s3://bucket"
  std::string key;         ///< "" for the bucket itself
};
/// None where the text is a path, "-" or a file URL. Throws `invalid_argument` as `open_store` does.
std::optional<ObjectUrl> parse_object_url(std::string_view url);

struct BucketInfo {
  std::string name;
  TimePoint created{};
};
/// The buckets that the credentials may list at "s3://".
std::vector<BucketInfo> list_buckets(const StoreSettings& settings = {});

}  // namespace wheelyard::store
