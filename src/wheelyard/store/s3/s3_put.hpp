#pragma once

#include <optional>

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

/// The body as it is sent: an empty one for null, a small file's bytes in memory.
SourcePtr upload_source(const SourcePtr& body);

struct CheckedAnswer {
  Answer answer;
  std::optional<ObjectChecksum> checksum;  ///< that it was sent with
};
/// Sends a body with its checksum (`Client::upload_checksum`).
CheckedAnswer send_checked(Client& client, Call& call, const std::optional<ChecksumAlgorithm>& asked);

/// What a refused upload is told as: where the checksum does not fit a body that had to be read twice, it has
/// most likely changed in between.
Error upload_error(const Client& client, const ServerError& error, const Call& call);

}  // namespace wheelyard::store::s3
