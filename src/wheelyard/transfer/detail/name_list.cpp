#include "wheelyard/transfer/detail/name_list.hpp"

#include <algorithm>
#include <limits>

#include "wheelyard/base/error.hpp"

namespace wheelyard::transfer {

void NameList::add(std::string_view name, bool folder) {
  if (bytes_.size() + name.size() + 2 > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::unsupported, "list", "a folder", "its names are longer than 4 GiB together");
  }
  begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  bytes_ += name;
  if (folder) bytes_ += '/';
  bytes_ += '\0';
}

void NameList::sort() {
  std::ranges::sort(begins_, {}, [this](std::uint32_t begin) { return at(begin); });
}

}  // namespace wheelyard::transfer
