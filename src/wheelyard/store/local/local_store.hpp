#pragma once

#include <filesystem>
#include <memory>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

/// A folder as a bucket: one file an object, readable by everything that reads files.
std::shared_ptr<ObjectStore> make_local_store(std::filesystem::path root);

}  // namespace wheelyard::store
