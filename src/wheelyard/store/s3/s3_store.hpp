#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/http/client.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

struct S3Options {
  std::string bucket;
  auth::AwsSettings settings;
  std::shared_ptr<auth::CredentialChain> credentials;
  http::ClientOptions http;
  Clock clock = now;
};

/// A bucket on Amazon S3 or on a server that speaks its API
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
std::shared_ptr<ObjectStore> make_s3_store(S3Options options);

}  // namespace wheelyard::store
