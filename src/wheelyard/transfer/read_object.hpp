#pragma once

#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::transfer {

/// Reads an object (or the range of it) into the sink, in bounded memory. A body that broke off goes on where
/// it stopped, as long as the object is the same, and what came of all the pieces is held against the
/// checksum that the store keeps of the whole. Returns what the store says of the object.
store::ObjectInfo read_object(store::ObjectStore& store, const std::string& key,
                              const store::GetOptions& options, ByteSink& sink);

}  // namespace wheelyard::transfer
