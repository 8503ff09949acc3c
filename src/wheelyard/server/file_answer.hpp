#pragma once

#include <string>

#include "wheelyard/server/message.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::server {

/// Answers GET or HEAD with an object of the store, streamed: one range of it, conditions, ETag and
/// Last-Modified. Never compressed: installers ask for `identity` and check digests. Throws what the store
/// throws.
Reply answer_file(const Request& request, store::ObjectStore& store, const std::string& key,
                  const std::string& filename);

}  // namespace wheelyard::server
