#include "wheelyard/transfer/attributes.hpp"

namespace wheelyard::transfer {

store::ObjectInfo change_attributes(store::ObjectStore& store, const std::string& key,
                                    const AttributeChange& change) {
  const store::ObjectInfo info = store.head(key, change.access);
  store::PutOptions put = store.attributes_of(info);
  const auto set = [](std::string& header, const std::optional<std::string>& value) {
    if (value) header = *value;
  };
  set(put.content_type, change.content_type);
  set(put.cache_control, change.cache_control);
  set(put.content_disposition, change.content_disposition);
  set(put.content_encoding, change.content_encoding);
  set(put.content_language, change.content_language);
  set(put.expires, change.expires);
  for (const auto& name : change.removed) put.metadata.erase(name);
  for (const auto& [name, value] : change.headers.metadata) put.metadata[name] = value;
  for (const auto& [name, value] : change.headers.vendor) put.vendor[name] = value;
  if (!change.headers.acl.empty()) put.acl = change.headers.acl;
  if (change.headers.checksum) put.checksum = change.headers.checksum;
  store.copy(key, key,
             {.if_match = info.etag,
              .replace = std::move(put),
              .vendor = change.access,
              .source_vendor = change.access});
  return store.head(key, change.access);
}

}  // namespace wheelyard::transfer
