#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/http/client.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

struct StoreSettings {
  auth::AwsOverrides aws;
  auth::Environment environment;  ///< empty: the process's own
  http::RequestLog log;
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

}  // namespace wheelyard::store
