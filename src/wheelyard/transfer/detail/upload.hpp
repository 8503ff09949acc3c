#pragma once

#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// Files to objects. The object's key is `base` and the item's name.
class Upload : public Operation {
 public:
  Upload(Context& context, std::shared_ptr<LocalSource> source, std::shared_ptr<store::ObjectStore> store,
         std::string base)
      : Operation(context, ItemEvent::Action::upload),
        source_(std::move(source)),
        store_(std::move(store)),
        base_(std::move(base)) {}

  std::string source_name(const Item& item) const override { return source_->path_of(item); }
  std::string target_name(const Item& item) const override { return store_->describe(base_ + item.name); }

 protected:
  Result transfer(Item& item, Worker& worker) override;
  void remove_source(const Item& item) override;
  std::string skip_reason(const Item& item) override;

 private:
  Result put_small(const Item& item, OpenFile& file, const std::string& key, Worker& worker);
  Result put_large(const Item& item, OpenFile file, const std::string& key);
  store::PutOptions options_for(const Item& item, const OpenFile& file) const;

  const std::shared_ptr<LocalSource> source_;
  const std::shared_ptr<store::ObjectStore> store_;
  const std::string base_;
};

}  // namespace wheelyard::transfer
