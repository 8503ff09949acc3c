#pragma once

#include <string>
#include <vector>

#include "wheelyard/store/parted_upload.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

struct Completion {
  std::string key;
  std::string id;
  const PutOptions& options;
  std::vector<Part> parts;
  bool combined = false;  ///< the server makes a checksum of all bytes: it is told which to expect
};

/// CompleteMultipartUpload, with If-None-Match or If-Match for the conditional modes
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
///
/// The answer begins with 200 before the work is done, and may end with an error; it may be lost; and a
/// second attempt may find the upload gone. In each case the object is looked at: it is the one that was
/// meant where its ETag is that of these parts, or its checksum and size are theirs.
PutResult complete_upload(Client& client, Completion completion);

}  // namespace wheelyard::store::s3
