#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::python {

/// An upload in parts as Python drives it: remembers what was sent. Thread-safe.
class Parts {
 public:
  Parts(std::shared_ptr<store::ObjectStore> store, std::unique_ptr<store::PartedUpload> upload)
      : store_(std::move(store)), upload_(std::move(upload)) {}

  const std::string& id() const { return upload_->id(); }
  void put_part(std::uint32_t number, const SourcePtr& body);
  /// Makes the object of all parts that were sent, by number.
  store::PutResult complete();
  void abort() { upload_->abort(); }

 private:
  std::shared_ptr<store::ObjectStore> store_;
  std::unique_ptr<store::PartedUpload> upload_;
  std::mutex mutex_;
  std::vector<store::Part> sent_;
};

}  // namespace wheelyard::python
