#pragma once

#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// One end of a sync: a store and what its keys begin with, or a folder.
struct SyncEnd {
  std::shared_ptr<store::ObjectStore> store;
  std::string base;
  std::shared_ptr<LocalSource> files;

  bool is_store() const { return store != nullptr; }
};

/// Tells whether two items of one name are the same.
class Comparer {
 public:
  Comparer(Context& context, Comparison comparison, SyncEnd source, SyncEnd target)
      : context_(context), comparison_(comparison), source_(std::move(source)), target_(std::move(target)) {}

  enum class Verdict {
    same,
    different,
    look,  ///< only `looks_same` can tell
  };
  /// By what the listings tell.
  Verdict judge(const Item& source, const Item& target) const;
  /// By asking the stores and reading files; of two that `judge` has said to look at.
  bool looks_same(const Item& source, const Item& target) const;

 private:
  bool same_times(const Item& source, const Item& target) const;
  bool same_preserved_time(const Item& source, const Item& target) const;
  bool same_bytes(const Item& source, const Item& target) const;

  Context& context_;
  const Comparison comparison_;
  const SyncEnd source_;
  const SyncEnd target_;
};

}  // namespace wheelyard::transfer
