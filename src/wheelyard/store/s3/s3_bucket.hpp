#pragma once

#include <string>
#include <vector>

#include "wheelyard/store/open_store.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// CreateBucket in the region of the settings
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html). Throws `already_exists`, also for
/// one's own.
void make_bucket(Client& client);
/// DeleteBucket; `precondition_failed` while it holds anything.
void remove_bucket(Client& client);
/// HeadBucket. A bucket that one may not look at throws `permission_denied`: it is there, or may be.
bool bucket_exists(Client& client);
/// GetBucketLocation, by today's names: "us-east-1" for none, "eu-west-1" for "EU".
std::string bucket_location(Client& client);
/// ListBuckets, all pages. The client is of no bucket.
std::vector<BucketInfo> list_buckets(Client& client);

}  // namespace wheelyard::store::s3
