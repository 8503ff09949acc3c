#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::transfer {

/// Many short names, close together: a folder of a million files is to fit in a few dozen megabytes.
class NameList {
 public:
  /// A folder's ends with "/".
  void add(std::string_view name, bool folder);
  /// By bytes, a folder's "/" included: the order of whole keys.
  void sort();
  std::size_t size() const { return begins_.size(); }
  std::string_view operator[](std::size_t index) const { return at(begins_[index]); }

 private:
  std::string_view at(std::uint32_t begin) const { return {bytes_.data() + begin}; }

  std::string bytes_;  ///< each ends with a NUL
  std::vector<std::uint32_t> begins_;
};

}  // namespace wheelyard::transfer
