#include "wheelyard/store/s3/s3_checksum.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

/// The strongest of those that cost little first: what is checked on a download.
constexpr std::array kept{ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc32,
                          ChecksumAlgorithm::sha256, ChecksumAlgorithm::sha1};

std::size_t size_of(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32c:
    case ChecksumAlgorithm::crc32:
      return 4;
    case ChecksumAlgorithm::crc64nvme:
      return 8;
    case ChecksumAlgorithm::sha1:
      return 20;
    case ChecksumAlgorithm::sha256:
      return 32;
    case ChecksumAlgorithm::md5:
      break;
  }
  return 16;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return result;
}

class ChecksumSink : public ByteSink {
 public:
  explicit ChecksumSink(Checksum& checksum) : checksum_(checksum) {}
  void write(std::string_view bytes) override { checksum_.update(bytes); }

 private:
  Checksum& checksum_;
};

/// The algorithm that every part has a checksum of its own bytes in.
std::optional<ChecksumAlgorithm> common_algorithm(const std::vector<Part>& parts) {
  if (parts.empty() || !parts.front().checksum) return std::nullopt;
  const ChecksumAlgorithm algorithm = parts.front().checksum->algorithm;
  bool common = std::ranges::all_of(parts, [&](const Part& part) {
    return part.checksum && part.checksum->algorithm == algorithm && part.checksum->parts == 0;
  });
  return common ? std::optional(algorithm) : std::nullopt;
}

}  // namespace

std::string checksum_header(ChecksumAlgorithm algorithm) {
  if (algorithm == ChecksumAlgorithm::md5) return "content-md5";
  return "x-amz-checksum-" + std::string(to_string(algorithm));
}

std::string checksum_name(ChecksumAlgorithm algorithm) {
  return upper(to_string(algorithm));
}

std::string checksum_element(ChecksumAlgorithm algorithm) {
  return "Checksum" + checksum_name(algorithm);
}

std::string checksum_of(const Source& source, ChecksumAlgorithm algorithm) {
  Checksum checksum(algorithm);
  if (source.in_memory().data() != nullptr) {
    checksum.update(source.in_memory());
  } else {
    ChecksumSink sink(checksum);
    source.open()->copy_to(sink);
  }
  return checksum.finish();
}

std::optional<ObjectChecksum> parse_checksum(ChecksumAlgorithm algorithm, std::string_view text) {
  ObjectChecksum checksum{.algorithm = algorithm};
  if (auto dash = text.rfind('-'); dash != std::string_view::npos) {
    auto parts = parse_number(text.substr(dash + 1));
    if (!parts || *parts == 0 || *parts > 10'000) return std::nullopt;
    checksum.parts = static_cast<std::uint32_t>(*parts);
    text = text.substr(0, dash);
  }
  try {
    checksum.value = from_base64(text);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (checksum.value.size() != size_of(algorithm)) return std::nullopt;
  return checksum;
}

std::vector<ObjectChecksum> read_checksums(const http::Headers& headers) {
  std::vector<ObjectChecksum> found;
  // Without a number of parts, a composite one cannot be told from the object's own.
  bool composite = equals_ignoring_case(headers.get("x-amz-checksum-type"), "COMPOSITE");
  for (ChecksumAlgorithm algorithm : kept) {
    const std::string* text = headers.find(checksum_header(algorithm));
    if (text == nullptr) continue;
    auto checksum = parse_checksum(algorithm, *text);
    if (checksum && !(composite && checksum->parts == 0)) found.push_back(std::move(*checksum));
  }
  return found;
}

std::optional<ObjectChecksum> read_checksum(const XmlNode& node) {
  for (ChecksumAlgorithm algorithm : kept) {
    const XmlNode* text = node.child(checksum_element(algorithm));
    if (text == nullptr) continue;
    auto checksum = parse_checksum(algorithm, text->text);
    bool composite = node.child_text("ChecksumType") == "COMPOSITE";
    if (checksum && !(composite && checksum->parts == 0)) return checksum;
  }
  return std::nullopt;
}

std::optional<ObjectChecksum> combined_checksum(const std::vector<Part>& parts) {
  auto algorithm = common_algorithm(parts);
  if (!algorithm || !can_combine(*algorithm)) return std::nullopt;
  std::string value = parts.front().checksum->value;
  for (std::size_t index = 1; index < parts.size(); ++index) {
    value = combine_checksums(*algorithm, value, parts[index].checksum->value, parts[index].size);
  }
  return ObjectChecksum{.algorithm = *algorithm, .value = std::move(value)};
}

std::optional<ObjectChecksum> composite_checksum(const std::vector<Part>& parts) {
  auto algorithm = common_algorithm(parts);
  if (!algorithm) return std::nullopt;
  Checksum checksum(*algorithm);
  for (const Part& part : parts) checksum.update(part.checksum->value);
  return ObjectChecksum{
      .algorithm = *algorithm, .value = checksum.finish(), .parts = static_cast<std::uint32_t>(parts.size())};
}

bool is_md5(std::string_view etag) {
  return etag.size() == 32 && std::ranges::all_of(etag, is_hex_digit);
}

std::optional<std::string> multipart_etag(const std::vector<Part>& parts) {
  Digest md5(DigestAlgorithm::md5);
  for (const Part& part : parts) {
    if (!is_md5(part.etag)) return std::nullopt;
    md5.update(from_hex(part.etag));
  }
  return to_hex(md5.finish()) + "-" + std::to_string(parts.size());
}

}  // namespace wheelyard::store::s3
