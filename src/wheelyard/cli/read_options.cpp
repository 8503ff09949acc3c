#include "wheelyard/cli/read_options.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::uint64_t key_file_limit = 4096;

/// The key as its header wants it, in base64. It goes into no message.
std::string read_key(const std::string& path) {
  const std::string bytes = read_file(path, key_file_limit);
  if (bytes.size() == key_size) return to_base64(bytes);
  const std::string text(trim(bytes));
  try {
    if (from_base64(text).size() == key_size) return text;
  } catch (const Error&) {
    // Told below: the reason would quote the file.
  }
  throw Error(ErrorCode::invalid_argument, "read the encryption key in", path,
              "a key is 32 bytes, or these in base64", "make one with: openssl rand -out key 32");
}

}  // namespace

void ReadOptions::declare(OptionSet& options, bool with_key) {
  if (with_key) {
    options.value(key_file_, {.name = "sse-c-key-file",
                              .value_name = "FILE",
                              .help = "the key of objects that are encrypted with one of your own (SSE-C): "
                                      "32 bytes, or these in base64",
                              .completes = Completes::files});
  }
  options.flag(requester_pays_, {.name = "request-payer",
                                 .help = "you pay for the requests, where the bucket's owner does not"});
  options.value(bucket_owner_, {.name = "expected-bucket-owner",
                                .value_name = "ACCOUNT",
                                .help = "fail unless the bucket is this account's"});
}

void ReadOptions::declare_for_source(OptionSet& options) {
  options.value(key_file_, {.name = "source-sse-c-key-file",
                            .value_name = "FILE",
                            .help = "between buckets: the source's key, where it is encrypted with one",
                            .completes = Completes::files});
  options.value(bucket_owner_, {.name = "source-expected-bucket-owner",
                                .value_name = "ACCOUNT",
                                .help = "between buckets: fail unless the source is this account's"});
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
store::VendorHeaders ReadOptions::headers() const {
  store::VendorHeaders headers;
  if (!key_file_.empty()) headers["x-amz-server-side-encryption-customer-key"] = read_key(key_file_);
  if (requester_pays_) headers["x-amz-request-payer"] = "requester";
  if (!bucket_owner_.empty()) headers["x-amz-expected-bucket-owner"] = bucket_owner_;
  return headers;
}

}  // namespace wheelyard::cli
