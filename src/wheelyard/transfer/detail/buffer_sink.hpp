#pragma once

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::transfer {

/// Fills a buffer; more than was announced is refused.
class BufferSink : public ByteSink {
 public:
  BufferSink(char* buffer, std::size_t capacity) : buffer_(buffer), left_(capacity) {}
  void write(std::string_view bytes) override {
    if (bytes.size() > left_) {
      throw Error(ErrorCode::corrupted, "read", "an object", "it gives more bytes than it announced");
    }
    bytes.copy(buffer_, bytes.size());
    buffer_ += bytes.size();
    left_ -= bytes.size();
  }
  std::size_t left() const { return left_; }

 private:
  char* buffer_;
  std::size_t left_;
};

}  // namespace wheelyard::transfer
