#include "wheelyard/transfer/detail/attributes.hpp"

#include "wheelyard/transfer/content_type.hpp"

namespace wheelyard::transfer {

store::PutOptions put_options(const TransferOptions& options, std::string_view name) {
  store::PutOptions put = options.put;
  if (put.content_type.empty() && options.guess_content_type) put.content_type = content_type_of(name);
  if (options.if_absent) put.mode = store::PutMode::create();
  if (!options.if_match.empty()) put.mode = store::PutMode::update(options.if_match);
  return put;
}

bool names_attributes(const TransferOptions& options) {
  const store::PutOptions& put = options.put;
  return options.replace_metadata || !put.content_type.empty() || !put.cache_control.empty() ||
         !put.content_encoding.empty() || !put.content_disposition.empty() || !put.content_language.empty() ||
         !put.expires.empty() || !put.metadata.empty();
}

store::PutOptions copied_options(const TransferOptions& options, const store::ObjectStore& store,
                                 const store::ObjectInfo& source, std::string_view name) {
  store::PutOptions put = put_options(options, name);
  if (names_attributes(options)) return put;
  store::PutOptions kept = store.attributes_of(source);
  kept.mode = put.mode;
  kept.acl = put.acl;
  kept.checksum = put.checksum;
  for (const auto& [header, value] : put.vendor) kept.vendor[header] = value;
  return kept;
}

}  // namespace wheelyard::transfer
