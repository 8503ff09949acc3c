#pragma once

#include <cstdint>
#include <string_view>

namespace wheelyard::package {

/// Takes numbers off the front of a record; the caller has checked that they are there.
class LittleEndian {
 public:
  explicit LittleEndian(std::string_view bytes) : bytes_(bytes) {}

  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  void skip(std::size_t bytes) { bytes_.remove_prefix(bytes); }
  std::string_view text(std::size_t bytes) {
    const std::string_view result = bytes_.substr(0, bytes);
    bytes_.remove_prefix(bytes);
    return result;
  }
  std::size_t left() const { return bytes_.size(); }
  std::string_view rest() const { return bytes_; }

 private:
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes_[i]);
    bytes_.remove_prefix(bytes);
    return value;
  }

  std::string_view bytes_;
};

}  // namespace wheelyard::package
