#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/base/io.hpp"

namespace wheelyard {

enum class DigestAlgorithm { md5, sha1, sha256, sha384, sha512 };

/// An incremental digest (OpenSSL). `finish` may be called once.
class Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void update(std::string_view bytes);
  std::string finish();  ///< raw bytes

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest(DigestAlgorithm algorithm, std::string_view bytes);  ///< raw bytes
std::string sha256_hex(std::string_view bytes);
/// Reads the source to its end.
std::string sha256_hex(const Source& source);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  ///< raw bytes

std::string to_hex(std::string_view raw);  ///< lower case
/// Throws `invalid_argument` on anything that is not an even number of hexadecimal digits.
std::string from_hex(std::string_view hex);
std::string to_base64(std::string_view raw);
std::string from_base64(std::string_view text);
std::string to_base64url(std::string_view raw);  ///< RFC 4648 section 5, without padding
std::string from_base64url(std::string_view text);

/// `bytes` random bytes from the system's generator.
std::string random_bytes(std::size_t bytes);

}  // namespace wheelyard
