#pragma once

#include <string_view>

#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {

/// What an object of this name is put with, by the options alone.
store::PutOptions put_options(const TransferOptions& options, std::string_view name);

/// Whether the options name any attribute that would take the place of a source's.
bool names_attributes(const TransferOptions& options);

/// What a copy of this object is put with: the source's attributes, unless the options have others.
store::PutOptions copied_options(const TransferOptions& options, const store::ObjectStore& store,
                                 const store::ObjectInfo& source, std::string_view name);

}  // namespace wheelyard::transfer
