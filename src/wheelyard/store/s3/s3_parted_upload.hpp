#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wheelyard/store/parted_upload.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
inline constexpr PartLimits part_limits{.smallest = 5ull << 20, .largest = 5ull << 30, .most = 10'000};

/// CreateMultipartUpload. Each part goes with its checksum; the object gets one of all its bytes where the
/// server can combine them (CRCs), else one of its parts' checksums.
std::unique_ptr<PartedUpload> begin_upload(std::shared_ptr<Client> client, const std::string& key,
                                           const PutOptions& options);
std::unique_ptr<PartedUpload> resume_upload(std::shared_ptr<Client> client, const std::string& key,
                                            const std::string& id, const PutOptions& options);

/// ListMultipartUploads, all pages. MinIO tells of uploads only where the prefix is the whole key.
std::vector<UnfinishedUpload> list_uploads(Client& client, const std::string& prefix);

}  // namespace wheelyard::store::s3
