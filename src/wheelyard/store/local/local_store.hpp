#pragma once

#include <filesystem>
#include <memory>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

/// A folder as a bucket: one file an object, readable by everything that reads files. The first put makes it;
/// a folder that is not there is empty.
///
/// Files keep no headers: content type, caching, encoding, ACL, metadata and checksums are not kept, and come
/// back empty; vendor's headers are refused. Folders come with the first object below them and go with the
/// last. One name cannot be an object and the folder of others (`unsupported`). Symbolic links are followed
/// in reading; nothing is written through one.
///
/// A put writes beside the objects (in ".wheelyard-tmp-<user id>", which is there only meanwhile), syncs, and
/// renames: a reader sees the old object, the new, or none. `create` is a rename that refuses a taken name,
/// `update` compares under a lock on the folder that the kernel drops when its holder dies. An ETag is made
/// of modification time, size and inode; the time always goes forward.
std::shared_ptr<ObjectStore> make_local_store(const std::filesystem::path& root);

}  // namespace wheelyard::store
