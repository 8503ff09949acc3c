#pragma once

#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/local_target.hpp"
#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// Files to files of this machine. The file is called `file` where that is not empty, else as the item.
class LocalCopy : public Operation {
 public:
  LocalCopy(Context& context, std::shared_ptr<LocalSource> source, std::shared_ptr<LocalTarget> target,
            std::string file)
      : Operation(context, ItemEvent::Action::copy),
        source_(std::move(source)),
        target_(std::move(target)),
        file_(std::move(file)) {}

  std::string source_name(const Item& item) const override { return source_->path_of(item); }
  std::string target_name(const Item& item) const override { return target_->path_of(file_name(item)); }

 protected:
  Result transfer(Item& item, Worker& worker) override;
  void remove_source(const Item& item) override;
  std::string skip_reason(const Item& item) override;

 private:
  const std::string& file_name(const Item& item) const { return file_.empty() ? item.name : file_; }

  const std::shared_ptr<LocalSource> source_;
  const std::shared_ptr<LocalTarget> target_;
  const std::string file_;
};

}  // namespace wheelyard::transfer
