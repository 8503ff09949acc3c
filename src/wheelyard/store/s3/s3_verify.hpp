#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wheelyard/store/object_types.hpp"
#include "wheelyard/store/parted_upload.hpp"

namespace wheelyard::store::s3 {

/// The same bytes, digested on their way. In place of its end comes an Error `corrupted`, naming `target`,
/// where they do not fit the digest. A digest of parts needs `parts`, whose sizes say where they end.
std::unique_ptr<Reader> verified(std::unique_ptr<Reader> body, const ObjectChecksum& expected,
                                 const std::vector<Part>& parts, const std::string& target);

}  // namespace wheelyard::store::s3
