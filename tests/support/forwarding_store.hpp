#pragma once

#include <memory>
#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::test_support {

/// Hands everything on to another store: the base of stores that do one thing otherwise.
class ForwardingStore : public store::ObjectStore {
 public:
  explicit ForwardingStore(std::shared_ptr<store::ObjectStore> inner) : inner_(std::move(inner)) {}

  store::PutResult put(const std::string& key, const SourcePtr& body,
                       const store::PutOptions& options = {}) override {
    return inner_->put(key, body, options);
  }
  store::GetResult get(const std::string& key, const store::GetOptions& options = {}) override {
    return inner_->get(key, options);
  }
  store::ObjectInfo head(const std::string& key, const store::VendorHeaders& vendor = {}) override {
    return inner_->head(key, vendor);
  }
  std::unique_ptr<store::Lister> list(const store::ListOptions& options) override {
    return inner_->list(options);
  }
  void remove(const std::string& key) override { inner_->remove(key); }
  store::PutResult copy(const std::string& from, const std::string& to,
                        const store::CopyOptions& options = {}) override {
    return inner_->copy(from, to, options);
  }
  bool keeps_metadata() const override { return inner_->keeps_metadata(); }
  void sweep() override { inner_->sweep(); }
  std::string describe(std::string_view key) const override { return inner_->describe(key); }

 private:
  std::shared_ptr<store::ObjectStore> inner_;
};

}  // namespace wheelyard::test_support
