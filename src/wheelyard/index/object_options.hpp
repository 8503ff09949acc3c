#pragma once

#include <string>
#include <string_view>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// Of files and their metadata: a name means the same bytes for ever.
inline constexpr std::string_view immutable_cache_control = "max-age=365000000, immutable";
inline constexpr std::string_view metadata_content_type = "text/plain; charset=utf-8";

/// How a wheel or sdist is put; overwriting, unless the caller sets a mode.
store::PutOptions file_options(std::string_view filename, const std::string& acl);
/// How a `.metadata` file is put.
store::PutOptions metadata_options(const std::string& acl);

}  // namespace wheelyard::index
