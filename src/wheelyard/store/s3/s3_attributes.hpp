#pragma once

#include <string>

#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// What is being asked, as far as it decides on headers.
enum class HeaderUse {
  write,      ///< PutObject, CreateMultipartUpload
  copy,       ///< CopyObject
  part,       ///< UploadPart, and whatever else goes on with an upload
  part_copy,  ///< UploadPartCopy
  read,       ///< GetObject, HeadObject
  list,       ///< ListObjectsV2
};

/// Sets the object's attributes: content headers, ACL, metadata, and the vendor's own.
void set_attributes(Call& call, const PutOptions& options, HeaderUse use, const Client& client);

/// Whether an attribute of a copy would be other than the source's.
bool has_attributes(const PutOptions& options);

/// What happens to headers that have no place in this request.
enum class Misplaced { refuse, leave_out };

/// Sets the vendor's headers. `unsupported` for those that S3 does not have, and for those that this request
/// does not take, unless they are to be left out (parts take some of what their upload was begun with). A
/// customer's key must be 32 bytes in base64 and go over TLS, or to this very machine; its digest is added.
void set_vendor_headers(Call& call, const VendorHeaders& vendor, HeaderUse use, const Client& client,
                        Misplaced misplaced = Misplaced::refuse);

/// Of an object's own headers those that a write of the same takes, too: redirect, encryption, lock, class.
VendorHeaders writable_headers(const ObjectInfo& info);

/// What the headers of a read tell of the object. Throws `corrupted` where they lack what S3 always sends.
ObjectInfo read_attributes(const std::string& key, const http::Response& response, const std::string& target);

/// Metadata as it travels: printable ASCII as it is, all else in the encoded words of RFC 2047, which is how
/// Amazon gives it back.
std::string encode_metadata(std::string_view value);
std::string decode_metadata(std::string_view value);

/// An answer that lacks something, or holds what makes no sense.
Error incomplete_answer(const std::string& target, const std::string& what);

}  // namespace wheelyard::store::s3
