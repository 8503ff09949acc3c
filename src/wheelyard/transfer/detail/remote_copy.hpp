#pragma once

#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// Objects to objects: on the server's side where the stores can, else through memory in bounded parts.
class RemoteCopy : public Operation {
 public:
  struct End {
    std::shared_ptr<store::ObjectStore> store;
    std::string base;  ///< a key is this and the item's name
  };

  RemoteCopy(Context& context, End source, End target);

  std::string source_name(const Item& item) const override {
    return source_.store->describe(source_.base + item.name);
  }
  std::string target_name(const Item& item) const override {
    return target_.store->describe(target_.base + item.name);
  }

 protected:
  Result transfer(Item& item, Worker& worker) override;
  std::shared_ptr<store::ObjectStore> source_store() const override { return source_.store; }
  std::string source_key(const Item& item) const override { return source_.base + item.name; }
  std::string skip_reason(const Item& item) override;

 private:
  Result copy_inside(const Item& item, const std::string& from, const std::string& to);
  Result stream(const Item& item, const std::string& from, const std::string& to, Worker& worker);
  /// With a condition on what is there, which plain copies know nothing of.
  Result copy_by_parts(const Item& item, const std::string& from, const std::string& to, Worker& worker);
  /// To a store that has no parts.
  Result stream_whole(const store::ObjectInfo& info, const std::string& to, const store::PutOptions& put);
  Error cut_off(const std::string& key) const;
  Error changed(const std::string& key) const;

  const End source_;
  const End target_;
  const bool inside_;
};

}  // namespace wheelyard::transfer
