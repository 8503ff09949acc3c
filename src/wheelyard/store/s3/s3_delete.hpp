#pragma once

#include <span>
#include <string>
#include <vector>

#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// DELETE; an object that is not there is no error.
void delete_object(Client& client, const std::string& key);

/// DeleteObjects, a thousand at a time
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html); one by one where the server has
/// no such request, and for keys that XML cannot carry. Those that could not be removed, in order.
std::vector<FailedRemoval> delete_objects(Client& client, std::span<const std::string> keys);

}  // namespace wheelyard::store::s3
