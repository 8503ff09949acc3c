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
  /// Equal and not empty: stores of the same account, though the keys that were found may differ.
  std::string identity;
  bool anonymous = false;  ///< nothing is signed, and `credentials` may be null
  Clock clock = now;
};

/// A bucket on Amazon S3 or on a server that speaks its API
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html). The
/// server has to honour If-None-Match and If-Match on PUT; one that answers 501 to them is `unsupported`. A
/// bucket is never created.
///
/// Where the server names another region for the bucket, or says that the session token has expired, the
/// request is sent once more, with the right region or renewed credentials. An absent object is one that the
/// server's error document says is absent: a missing bucket is `not_found` with server_code NoSuchBucket, and
/// any other 404 an error. A head of an absent object costs a GET beside it, since an answer to HEAD cannot
/// say why.
std::shared_ptr<ObjectStore> make_s3_store(S3Options options);

}  // namespace wheelyard::store
