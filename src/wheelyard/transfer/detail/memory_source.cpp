#include "wheelyard/transfer/detail/memory_source.hpp"

#include <algorithm>

namespace wheelyard::transfer {
namespace {

class ViewReader : public Reader {
 public:
  explicit ViewReader(std::string_view bytes) : left_(bytes) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = left_.copy(buffer, capacity);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

}  // namespace

std::unique_ptr<Reader> MemorySource::open() const {
  return std::make_unique<ViewReader>(in_memory());
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
