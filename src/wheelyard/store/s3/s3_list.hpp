#pragma once

#include <memory>

#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// ListObjectsV2, page by page
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
std::unique_ptr<Lister> list_objects(std::shared_ptr<Client> client, ListOptions options);

}  // namespace wheelyard::store::s3
