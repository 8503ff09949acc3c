#include <algorithm>
#include <array>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr unsigned bit(HeaderUse use) {
  return 1u << static_cast<unsigned>(use);
}

constexpr unsigned attribute = bit(HeaderUse::write) | bit(HeaderUse::copy);
constexpr unsigned source = bit(HeaderUse::copy) | bit(HeaderUse::part_copy);
constexpr unsigned customer_key =
    attribute | bit(HeaderUse::part) | bit(HeaderUse::part_copy) | bit(HeaderUse::read);
constexpr unsigned any = customer_key | bit(HeaderUse::list);

struct Known {
  std::string_view name;
  unsigned uses;
};

constexpr std::string_view key_name = "x-amz-server-side-encryption-customer-key";
constexpr std::string_view source_key_name = "x-amz-copy-source-server-side-encryption-customer-key";

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours. What the library
// sends by itself (conditions, checksums, ranges, signatures) is not among them.
constexpr std::array known{
    Known{"x-amz-acl", attribute},
    Known{"x-amz-grant-full-control", attribute},
    Known{"x-amz-grant-read", attribute},
    Known{"x-amz-grant-read-acp", attribute},
    Known{"x-amz-grant-write-acp", attribute},
    Known{"x-amz-storage-class", attribute},
    Known{"x-amz-tagging", attribute},
    Known{"x-amz-tagging-directive", bit(HeaderUse::copy)},
    Known{"x-amz-website-redirect-location", attribute},
    Known{"x-amz-server-side-encryption", attribute},
    Known{"x-amz-server-side-encryption-aws-kms-key-id", attribute},
    Known{"x-amz-server-side-encryption-context", attribute},
    Known{"x-amz-server-side-encryption-bucket-key-enabled", attribute},
    Known{"x-amz-server-side-encryption-customer-algorithm", customer_key},
    Known{key_name, customer_key},
    Known{"x-amz-server-side-encryption-customer-key-md5", customer_key},
    Known{"x-amz-copy-source-server-side-encryption-customer-algorithm", source},
    Known{source_key_name, source},
    Known{"x-amz-copy-source-server-side-encryption-customer-key-md5", source},
    Known{"x-amz-copy-source-if-none-match", source},
    Known{"x-amz-copy-source-if-modified-since", source},
    Known{"x-amz-copy-source-if-unmodified-since", source},
    Known{"x-amz-source-expected-bucket-owner", source},
    Known{"x-amz-object-lock-mode", attribute},
    Known{"x-amz-object-lock-retain-until-date", attribute},
    Known{"x-amz-object-lock-legal-hold", attribute},
    Known{"x-amz-request-payer", any},
    Known{"x-amz-expected-bucket-owner", any},
    Known{"x-amz-optional-object-attributes", bit(HeaderUse::list)},
};

[[noreturn]] void refuse(const Call& call, const Client& client, ErrorCode code, std::string reason,
                         std::string hint = {}) {
  throw Error(code, call.doing, client.describe(call.key), std::move(reason), std::move(hint));
}

/// A secret: no part of it goes into a message.
void add_key_digest(Call& call, std::string_view name, const std::string& key, const Client& client) {
  std::string raw;
  try {
    raw = from_base64(key);
  } catch (const Error&) {
    raw.clear();
  }
  constexpr std::size_t key_size = 32;
  if (raw.size() != key_size) {
    refuse(call, client, ErrorCode::invalid_argument, "the customer's key is not 32 bytes in base64",
           "make one with: openssl rand -base64 32");
  }
  if (!client.is_private_line()) {
    refuse(call, client, ErrorCode::invalid_argument,
           "a customer's key does not go over a connection without TLS", "use an https endpoint");
  }
  std::string base(name.substr(0, name.size() - std::string_view("-key").size()));
  if (!call.headers.find(base + "-algorithm")) call.headers.set(base + "-algorithm", "AES256");
  call.headers.set(base + "-key-md5", to_base64(digest(DigestAlgorithm::md5, raw)));
}

}  // namespace

void set_vendor_headers(Call& call, const VendorHeaders& vendor, HeaderUse use, const Client& client,
                        Misplaced misplaced) {
  for (const auto& [given, value] : vendor) {
    std::string name = to_lower(given);
    auto found = std::ranges::find(known, std::string_view(name), &Known::name);
    if (found == known.end()) {
      refuse(call, client, ErrorCode::unsupported,
             "the header '" + printable(name, 80) + "' is not one that is handed on to S3",
             "see docs/s3.md for those that are");
    }
    if ((found->uses & bit(use)) == 0) {
      if (misplaced == Misplaced::leave_out) continue;
      refuse(call, client, ErrorCode::unsupported, "this request does not take the header '" + name + "'",
             "see docs/s3.md for where it belongs");
    }
    call.headers.set(std::move(name), value);
  }
  for (std::string_view name : {key_name, source_key_name}) {
    if (const std::string* key = call.headers.find(name)) add_key_digest(call, name, *key, client);
  }
}

}  // namespace wheelyard::store::s3
