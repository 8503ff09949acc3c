#pragma once

#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// PutObject, with If-None-Match or If-Match for the conditional modes
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
///
/// A retry may meet its own first attempt. So when a condition does not hold, or no answer came at all, after
/// an attempt that may have acted, the object itself is looked at: it holds these bytes, and the put has
/// succeeded.
PutResult put_object(Client& client, const std::string& key, const SourcePtr& body,
                     const PutOptions& options);

}  // namespace wheelyard::store::s3
