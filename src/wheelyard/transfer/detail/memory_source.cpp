#include "wheelyard/transfer/detail/memory_source.hpp"

#include <algorithm>

namespace wheelyard::transfer {

std::unique_ptr<Reader> MemorySource::open() const {
  return view_reader(in_memory());
}

char* MemorySource::reserve(std::size_t capacity) {
  if (capacity > capacity_ || !buffer_) {
    buffer_.reset();
    capacity_ = std::max<std::size_t>(capacity, 4096);
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  size_ = 0;
  return buffer_.get();
}

MemorySource& MemorySource::reuse(std::shared_ptr<MemorySource>& slot) {
  if (!slot || slot.use_count() > 1) slot = std::make_shared<MemorySource>();
  return *slot;
}

}  // namespace wheelyard::transfer
