#include "wheelyard/base/digest.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

const EVP_MD* method_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
      return EVP_md5();
    case DigestAlgorithm::sha1:
      return EVP_sha1();
    case DigestAlgorithm::sha256:
      return EVP_sha256();
    case DigestAlgorithm::sha384:
      return EVP_sha384();
    case DigestAlgorithm::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

[[noreturn]] void fail() {
  throw Error(ErrorCode::unsupported, "compute", "a digest", "OpenSSL refuses the algorithm",
              "a system in FIPS mode has no MD5");
}

}  // namespace

struct Digest::State {
  struct Free {
    void operator()(EVP_MD_CTX* unused) const { EVP_MD_CTX_free(unused); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context;
};

Digest::Digest(DigestAlgorithm algorithm) : state_(std::make_unique<State>()) {
  state_->context.reset(EVP_MD_CTX_new());
  const EVP_MD* method = method_of(algorithm);
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), method, nullptr) != 1) fail();
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) fail();
}

std::string Digest::finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(out.data()), &size) != 1)
    fail();
  out.resize(size);
  return out;
}

std::string digest(DigestAlgorithm algorithm, std::string_view bytes) {
  Digest state(algorithm);
  state.update(bytes);
  return state.finish();
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(digest(DigestAlgorithm::sha256, bytes));
}

std::string sha256_hex(const Source& source) {
  if (const auto bytes = source.in_memory(); bytes.data() != nullptr) return sha256_hex(bytes);
  Digest state(DigestAlgorithm::sha256);
  const auto reader = source.open();
  std::vector<char> buffer(256 * 1024);
  while (const std::size_t count = reader->read(buffer.data(), buffer.size())) {
    state.update({buffer.data(), count});
  }
  return to_hex(state.finish());
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string out(32, '\0');
  unsigned size = 32;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size) == nullptr) {
    fail();
  }
  return out;
}

std::string random_bytes(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t count = ::getrandom(out.data() + filled, bytes - filled, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw Error(ErrorCode::unavailable, "draw", "random bytes", "the system's generator fails");
    filled += static_cast<std::size_t>(count);
  }
  return out;
}

}  // namespace wheelyard
