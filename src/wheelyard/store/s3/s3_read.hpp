#pragma once

#include <string>
#include <vector>

#include "wheelyard/store/parted_upload.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// GetObject. A whole object's body is checked on its way (`verified`) where the answer tells of a digest.
GetResult get_object(Client& client, const std::string& key, const GetOptions& options);

/// HeadObject. An error's reason is asked for with a GET, since an answer to HEAD cannot say it.
ObjectInfo head_object(Client& client, const std::string& key, const VendorHeaders& vendor);

/// The parts that an object was completed of: GetObjectAttributes where the server lists them there, else
/// HeadObject with a partNumber of the first, second and last parts (those between are taken to be alike).
/// Empty where the server tells of none, or not of this state of the object.
std::vector<Part> object_parts(Client& client, const std::string& key, const std::string& etag,
                               const VendorHeaders& vendor);

/// Whether a vendor's header of a write is one of a read too: a customer's key, who pays.
bool is_for_reading(const std::string& name);

}  // namespace wheelyard::store::s3
