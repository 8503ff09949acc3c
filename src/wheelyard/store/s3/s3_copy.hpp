#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// A store whose bucket can be named as the source of a copy.
class CopySource {
 public:
  virtual ~CopySource() = default;
  virtual Client& source_client() const = 0;
};

/// Whether `client` may read what is named to it as a source: the same service, and the same account.
bool can_copy(const Client& client, const Client& source);

/// Names the source, its condition, and the vendor's headers of the copy. Throws `unsupported` for a source
/// that is out of reach.
void set_copy_source(Call& call, Client& client, const std::string& from, const CopyOptions& options,
                     HeaderUse use);
/// Sends a copy, again where it fails behind its 200; returns the document.
XmlNode send_copy(Client& client, Call& call, std::string_view root, const std::string& from,
                  const CopyOptions& options);

/// CopyObject; in parts where the source is larger than 5 GiB or than `options.part_size`
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html).
PutResult copy_object(const std::shared_ptr<Client>& client, const std::string& from, const std::string& to,
                      const CopyOptions& options);

}  // namespace wheelyard::store::s3
