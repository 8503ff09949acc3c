#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/xml.hpp"
#include "wheelyard/http/client.hpp"
#include "wheelyard/store/parted_upload.hpp"

namespace wheelyard::store::s3 {

/// How S3 names and writes checksums
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).

/// "x-amz-checksum-crc32c"; "content-md5" for MD5, which is checked and not kept.
std::string checksum_header(ChecksumAlgorithm algorithm);
/// "CRC32C"
std::string checksum_name(ChecksumAlgorithm algorithm);
/// The element of documents: "ChecksumCRC32C".
std::string checksum_element(ChecksumAlgorithm algorithm);

/// Reads the source once.
std::string checksum_of(const Source& source, ChecksumAlgorithm algorithm);

/// What an answer's headers tell. Values that cannot be read are passed over: other checks remain.
std::vector<ObjectChecksum> read_checksums(const http::Headers& headers);
/// The first in an element's children.
std::optional<ObjectChecksum> read_checksum(const XmlNode& node);
/// "base64" or "base64-parts"; none where it is neither.
std::optional<ObjectChecksum> parse_checksum(ChecksumAlgorithm algorithm, std::string_view text);

/// The checksum of the whole from those of its parts: combined for the CRCs. None where a part has none, or
/// has one of another kind.
std::optional<ObjectChecksum> combined_checksum(const std::vector<Part>& parts);
/// The digest of the parts' digests, as a composite checksum is made.
std::optional<ObjectChecksum> composite_checksum(const std::vector<Part>& parts);
/// "<md5 of the parts' md5s>-<parts>"; none where an ETag is no MD5.
std::optional<std::string> multipart_etag(const std::vector<Part>& parts);

/// 32 hexadecimal digits: the MD5 of the object, unless its encryption says otherwise.
bool is_md5(std::string_view etag);

}  // namespace wheelyard::store::s3
