#include "wheelyard/cli/object_headers.hpp"

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/options.hpp"
#include "wheelyard/cli/parser.hpp"
#include "wheelyard/cli/read_options.hpp"

namespace wheelyard::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

struct Headers : testing::Test {
  Headers() {
    headers.declare(set);
    declare_common_options(set, common);
  }
  ObjectHeaders headers;
  CommonOptions common;
  OptionSet set;
};

TEST_F(Headers, EachReachesThePut) {
  parse_arguments({"--metadata",
                   "Owner=anna=b",
                   "--metadata",
                   "x=",
                   "--content-type",
                   "a/b",
                   "--cache-control",
                   "c",
                   "--content-disposition",
                   "d",
                   "--content-encoding",
                   "gzip",
                   "--content-language",
                   "en",
                   "--expires",
                   "2026-12-31T00:00:00Z",
                   "--storage-class",
                   "STANDARD_IA",
                   "--acl",
                   "public-read",
                   "--tagging",
                   "a=1",
                   "--sse",
                   "aws:kms",
                   "--sse-kms-key-id",
                   "k",
                   "--website-redirect",
                   "/x",
                   "--checksum-algorithm",
                   "CRC64NVME"},
                  set);
  const auto put = headers.put();
  EXPECT_THAT(put.metadata, ElementsAre(Pair("owner", "anna=b"), Pair("x", "")));
  EXPECT_EQ(put.content_type, "a/b");
  EXPECT_EQ(put.cache_control, "c");
  EXPECT_EQ(put.content_disposition, "d");
  EXPECT_EQ(put.content_encoding, "gzip");
  EXPECT_EQ(put.content_language, "en");
  EXPECT_EQ(put.expires, "Thu, 31 Dec 2026 00:00:00 GMT");
  EXPECT_EQ(put.acl, "public-read");
  EXPECT_EQ(put.checksum, ChecksumAlgorithm::crc64nvme);
  EXPECT_THAT(put.vendor,
              ElementsAre(Pair("x-amz-server-side-encryption", "aws:kms"),
                          Pair("x-amz-server-side-encryption-aws-kms-key-id", "k"),
                          Pair("x-amz-storage-class", "STANDARD_IA"), Pair("x-amz-tagging", "a=1"),
                          Pair("x-amz-website-redirect-location", "/x")));
}

TEST_F(Headers, EveryOneOfThemCountsAsGiven) {
  EXPECT_EQ(headers.first_given(), "");
  OptionSet headers_alone;
  ObjectHeaders unset;
  unset.declare(headers_alone);
  for (const auto& option : headers_alone.options()) {
    ObjectHeaders fresh;
    OptionSet own;
    CommonOptions unused;
    fresh.declare(own);
    declare_common_options(own, unused);
    std::string value = option.text.choices.empty() ? "a=b" : option.text.choices.front();
    parse_arguments({"--" + option.text.name, value}, own);
    EXPECT_EQ(fresh.first_given(), "--" + option.text.name);
  }
}

TEST_F(Headers, RefusesWhatIsNoPairAndNoDate) {
  parse_arguments({"--metadata", "=x"}, set);
  EXPECT_THROW(headers.put(), UsageError);
  ObjectHeaders dated;
  OptionSet own;
  CommonOptions unused;
  dated.declare(own);
  declare_common_options(own, unused);
  parse_arguments({"--expires", "tomorrow"}, own);
  EXPECT_THROW(dated.put(), UsageError);
}

struct CustomerKey : testing::Test {
  store::VendorHeaders headers_for(const std::string& bytes) {
    const std::string path = folder_.write("customer-key", bytes).string();
    ReadOptions options;
    OptionSet set;
    CommonOptions common;
    options.declare(set);
    declare_common_options(set, common);
    parse_arguments({"--sse-c-key-file", path, "--request-payer", "--expected-bucket-owner", "1"}, set);
    return options.headers();
  }

  const test_support::ScratchFolder folder_;
};

TEST_F(CustomerKey, AsBytesOrInBase64) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  const store::VendorHeaders expected{{"x-amz-expected-bucket-owner", "1"},
                                      {"x-amz-request-payer", "requester"},
                                      {"x-amz-server-side-encryption-customer-key", to_base64(key)}};
  EXPECT_EQ(headers_for(key), expected);
  EXPECT_EQ(headers_for(to_base64(key) + "\n"), expected);
}

TEST_F(CustomerKey, AWrongOneIsInNoMessage) {
  for (const std::string wrong : {"hunter2", "aHVudGVyMg==", ""}) {
    try {
      headers_for(wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      if (!wrong.empty()) {
        EXPECT_THAT(error.what() + error.hint(), Not(HasSubstr(wrong)));
      }
    }
  }
}

}  // namespace
}  // namespace wheelyard::cli
