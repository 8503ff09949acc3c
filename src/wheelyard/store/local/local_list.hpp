#pragma once

#include <memory>
#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store::local {

/// Walks the folders below `root` in the byte order of the keys, one folder's names in memory at a time for
/// each level. Symbolic links to files and folders are followed; a loop is left out.
std::unique_ptr<Lister> list_folder(std::string root, ListOptions options);

}  // namespace wheelyard::store::local
