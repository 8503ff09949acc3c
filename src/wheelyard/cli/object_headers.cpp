#include "wheelyard/cli/object_headers.hpp"

#include "wheelyard/base/clock.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/acl_option.hpp"

namespace wheelyard::cli {
namespace {

/// An HTTP date, from one or from RFC 3339.
std::string http_date(const std::string& text) {
  if (text.empty() || parse_http_date(text)) return text;
  if (const auto time = parse_rfc3339(text)) return to_http_date(*time);
  throw UsageError("--expires cannot be '" + text + "'",
                   "write 2026-12-31T00:00:00Z or 'Thu, 31 Dec 2026 00:00:00 GMT'");
}

}  // namespace

std::pair<std::string, std::string> metadata_pair(const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw UsageError(option + " cannot be '" + text + "'", "write NAME=VALUE");
  }
  // Headers' names know no case; what is sent in lower case comes back so from every server.
  return {to_lower(text.substr(0, equals)), text.substr(equals + 1)};
}

void ObjectHeaders::declare(OptionSet& options) {
  options.values(metadata_, {.name = "metadata",
                             .value_name = "NAME=VALUE",
                             .help = "metadata of your own; may be given many times"});
  options.value(
      content_type,
      {.name = "content-type", .value_name = "TYPE", .help = "instead of what the file's name says"});
  options.value(cache_control, {.name = "cache-control", .value_name = "TEXT", .help = "as 'max-age=3600'"});
  options.value(
      content_disposition,
      {.name = "content-disposition", .value_name = "TEXT", .help = "as 'attachment; filename=\"a.txt\"'"});
  options.value(content_encoding, {.name = "content-encoding", .value_name = "TEXT", .help = "as 'gzip'"});
  options.value(content_language, {.name = "content-language", .value_name = "TEXT", .help = "as 'en'"});
  options.value(expires, {.name = "expires", .value_name = "DATE", .help = "until when caches may keep it"});
  options.value(storage_class_,
                {.name = "storage-class", .value_name = "CLASS", .help = "as STANDARD_IA or GLACIER_IR"});
  declare_acl(options, acl_);
  options.value(tagging_, {.name = "tagging", .value_name = "TAGS", .help = "tags, as 'team=data&keep=no'"});
  options.value(encryption_, {.name = "sse",
                              .value_name = "KIND",
                              .help = "encrypted by the server with its own keys or with those of KMS",
                              .choices = {"AES256", "aws:kms", "aws:kms:dsse"}});
  options.value(kms_key_, {.name = "sse-kms-key-id", .value_name = "ID", .help = "the key in KMS"});
  options.value(redirect_, {.name = "website-redirect",
                            .value_name = "URL",
                            .help = "where a bucket's website sends those who ask for it"});
  options.value(checksum_, {.name = "checksum-algorithm",
                            .value_name = "NAME",
                            .help = "the checksum that is sent and kept",
                            .choices = {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}});
}

std::string ObjectHeaders::first_given() const {
  if (content_type) return "--content-type";
  if (cache_control) return "--cache-control";
  if (content_disposition) return "--content-disposition";
  if (content_encoding) return "--content-encoding";
  if (content_language) return "--content-language";
  if (expires) return "--expires";
  if (!metadata_.empty()) return "--metadata";
  if (!acl_.empty()) return "--acl";
  if (!storage_class_.empty()) return "--storage-class";
  if (!tagging_.empty()) return "--tagging";
  if (!encryption_.empty()) return "--sse";
  if (!kms_key_.empty()) return "--sse-kms-key-id";
  if (!redirect_.empty()) return "--website-redirect";
  if (!checksum_.empty()) return "--checksum-algorithm";
  return {};
}

store::PutOptions ObjectHeaders::put() const {
  store::PutOptions put;
  put.content_type = content_type.value_or("");
  put.cache_control = cache_control.value_or("");
  put.content_disposition = content_disposition.value_or("");
  put.content_encoding = content_encoding.value_or("");
  put.content_language = content_language.value_or("");
  put.expires = http_date(expires.value_or(""));
  put.acl = acl_;
  for (const auto& each : metadata_) {
    auto [name, value] = metadata_pair(each, "--metadata");
    put.metadata[std::move(name)] = std::move(value);
  }
  const auto vendor = [&put](const char* name, const std::string& value) {
    if (!value.empty()) put.vendor[name] = value;
  };
  vendor("x-amz-storage-class", storage_class_);
  vendor("x-amz-tagging", tagging_);
  vendor("x-amz-server-side-encryption", encryption_);
  vendor("x-amz-server-side-encryption-aws-kms-key-id", kms_key_);
  vendor("x-amz-website-redirect-location", redirect_);
  if (!checksum_.empty()) put.checksum = parse_checksum_algorithm(checksum_);
  return put;
}

}  // namespace wheelyard::cli
