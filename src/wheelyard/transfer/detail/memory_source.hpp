#pragma once

#include <memory>
#include <string_view>

#include "wheelyard/base/io.hpp"

namespace wheelyard::transfer {

/// Bytes in a buffer that is filled anew once nobody holds what was in it.
class MemorySource : public Source {
 public:
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> open() const override;
  std::string_view in_memory() const override { return {buffer_.get(), size_}; }

  /// At least this much room; what was in it is lost.
  char* reserve(std::size_t capacity);
  void set_size(std::size_t size) { size_ = size; }

  /// The one in `slot`, or a new one in its place where it is still in use.
  static MemorySource& reuse(std::shared_ptr<MemorySource>& slot);

 private:
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace wheelyard::transfer
