#include "wheelyard/transfer/detail/comparer.hpp"

#include "wheelyard/transfer/detail/content.hpp"
#include "wheelyard/transfer/detail/preserved.hpp"

namespace wheelyard::transfer {

Comparer::Verdict Comparer::judge(const Item& source, const Item& target) const {
  if (source.size != target.size) return Verdict::different;
  switch (comparison_) {
    case Comparison::size_only:
      return Verdict::same;
    case Comparison::checksum:
      return Verdict::look;
    case Comparison::size_and_time:
    case Comparison::exact_time:
      break;
  }
  if (same_times(source, target)) return Verdict::same;
  return context_.options.preserve && source_.is_store() != target_.is_store() ? Verdict::look
                                                                               : Verdict::different;
}

bool Comparer::same_times(const Item& source, const Item& target) const {
  // Whole seconds: servers tell more of them in lists than in answers to reads.
  const std::int64_t from = in_seconds(source.modified);
  const std::int64_t to = in_seconds(target.modified);
  if (comparison_ == Comparison::exact_time && source_.is_store() && !target_.is_store()) return from == to;
  return to >= from;
}

bool Comparer::looks_same(const Item& source, const Item& target) const {
  return comparison_ == Comparison::checksum ? same_bytes(source, target)
                                             : same_preserved_time(source, target);
}

bool Comparer::same_preserved_time(const Item& source, const Item& target) const {
  const bool down = source_.is_store();
  const SyncEnd& end = down ? source_ : target_;
  const Item& object = down ? source : target;
  const Item& file = down ? target : source;
  const auto info = end.store->head(end.base + object.name, context_.options.get_vendor);
  return read_preserved(info.metadata).modified == file.modified;
}

bool Comparer::same_bytes(const Item& source, const Item& target) const {
  if (source.size == 0) return true;
  const bool follow = context_.options.follow_symlinks;
  const auto content = [&](const SyncEnd& end, const Item& item) {
    return end.is_store() ? Content(*end.store, end.base + item.name, context_.options.get_vendor)
                          : Content(end.files->open(item, follow));
  };
  return same_content(context_, content(source_, source), content(target_, target));
}

}  // namespace wheelyard::transfer
