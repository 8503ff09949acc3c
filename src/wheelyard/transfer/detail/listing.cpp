#include "wheelyard/transfer/detail/listing.hpp"

#include "wheelyard/base/text.hpp"

namespace wheelyard::transfer {

StoreListing::StoreListing(store::ObjectStore& store, std::string base, const Filter& filter,
                           const store::VendorHeaders& vendor)
    : base_(std::move(base)), filter_(filter), lister_(store.list({.prefix = base_, .vendor = vendor})) {}

std::optional<Listed> StoreListing::next() {
  for (;;) {
    while (!page_ || next_ == page_->objects.size()) {
      page_ = lister_->next();
      next_ = 0;
      if (!page_) return std::nullopt;
    }
    store::ObjectInfo& info = page_->objects[next_++];
    if (info.key.size() <= base_.size()) continue;
    if (!filter_.empty() && !filter_.takes(std::string_view(info.key).substr(base_.size()))) continue;
    info.key.erase(0, base_.size());
    return Listed{.item = {.name = std::move(info.key),
                           .size = info.size,
                           .etag = std::move(info.etag),
                           .modified = file_time(info.last_modified)}};
  }
}

std::optional<Listed> OrderedListing::next() {
  auto listed = inner_->next();
  if (!listed || listed->error) return listed;
  const std::string& name = listed->item.name;
  if (last_ && *last_ >= name) {
    throw Error(
        ErrorCode::corrupted, "compare", place_,
        "its list is not in order: \"" + printable(name, 200) + "\" comes after \"" + printable(*last_, 200) +
            "\"",
        "the server does not list keys in order of their bytes as S3 does: copy with --recursive instead");
  }
  last_ = name;
  return listed;
}

}  // namespace wheelyard::transfer
