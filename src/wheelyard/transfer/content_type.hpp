#pragma once

#include <string_view>

namespace wheelyard::transfer {

/// The media type that a file's name tells by its ending, as Python's mimetypes has it; "" for none. A
/// compressed file is of no type by what is in it: "a.tar.gz" is "application/gzip".
std::string_view content_type_of(std::string_view name);

}  // namespace wheelyard::transfer
