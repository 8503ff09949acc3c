#pragma once

#include "wheelyard/transfer/detail/local_target.hpp"
#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// Objects to files. The object's key is `base` and the item's name; the file is `file` where that is not
/// empty, else called as the item.
class Download : public Operation {
 public:
  Download(Context& context, std::shared_ptr<store::ObjectStore> store, std::string base,
           std::shared_ptr<LocalTarget> target, std::string file)
      : Operation(context, ItemEvent::Action::download),
        store_(std::move(store)),
        base_(std::move(base)),
        target_(std::move(target)),
        file_(std::move(file)) {}

  std::string source_name(const Item& item) const override { return store_->describe(base_ + item.name); }
  std::string target_name(const Item& item) const override { return target_->path_of(file_name(item)); }

 protected:
  Result transfer(Item& item, Worker& worker) override;
  std::shared_ptr<store::ObjectStore> source_store() const override { return store_; }
  std::string source_key(const Item& item) const override { return base_ + item.name; }
  std::string skip_reason(const Item& item) override;

 private:
  Result get_whole(const Item& item, const std::string& name, Worker& worker);
  Result get_in_ranges(const Item& item, const std::string& name, store::ObjectInfo info, Worker& worker);
  const std::string& file_name(const Item& item) const { return file_.empty() ? item.name : file_; }
  void set_attributes(const NewFile& file, const store::ObjectInfo& info) const;

  const std::shared_ptr<store::ObjectStore> store_;
  const std::string base_;
  const std::shared_ptr<LocalTarget> target_;
  const std::string file_;
};

}  // namespace wheelyard::transfer
