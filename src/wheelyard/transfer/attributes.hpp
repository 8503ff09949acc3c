#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::transfer {

/// What is to be other about an object, its bytes aside. A header that is none stays as it is, an empty one
/// goes.
struct AttributeChange {
  std::optional<std::string> content_type;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> expires;
  std::vector<std::string> removed;  ///< names of metadata that goes
  /// What else is set: metadata, ACL, checksum and the vendor's headers are taken from here.
  store::PutOptions headers;
  store::VendorHeaders access;  ///< for reading and writing it: customer keys, who pays
};

/// Copies the object onto itself with other attributes, on the server; all that is not changed is kept, as
/// far as the store tells of it. `precondition_failed` where somebody changed the object meanwhile. Returns
/// what is there now.
store::ObjectInfo change_attributes(store::ObjectStore& store, const std::string& key,
                                    const AttributeChange& change);

}  // namespace wheelyard::transfer
