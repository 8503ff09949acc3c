#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/store/object_types.hpp"

namespace wheelyard::store::s3 {

/// A page as the server gave it.
struct ListedPage {
  ListPage page;
  bool truncated = false;
  std::string token;   ///< where the next page begins
  std::string broken;  ///< what is wrong with it, if anything is
};

/// A ListBucketResult, read without a tree: with a million keys, that is most of the work. None where the
/// document has another root. Throws `corrupted` where it is not XML.
std::optional<ListedPage> parse_list_page(std::string_view document);

}  // namespace wheelyard::store::s3
