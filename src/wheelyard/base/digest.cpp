#include "wheelyard/base/digest.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <initializer_list>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

const char* name_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::md5:
      return "MD5";
    case DigestAlgorithm::sha1:
      return "SHA1";
    case DigestAlgorithm::sha256:
      return "SHA2-256";
    case DigestAlgorithm::sha384:
      return "SHA2-384";
    case DigestAlgorithm::sha512:
      return "SHA2-512";
  }
  return "";
}

[[noreturn]] void fail() {
  throw Error(ErrorCode::unsupported, "compute", "a digest", "OpenSSL refuses the algorithm",
              "a system in FIPS mode has no MD5");
}

/// Fetched once: EVP_sha256() and the like are looked up among the providers each time that one is used,
/// which costs more than to digest a short text. Null where the library has none.
const EVP_MD* method_of(DigestAlgorithm algorithm) {
  constexpr std::size_t count = 5;
  static std::array<std::atomic<EVP_MD*>, count> fetched{};
  auto& place = fetched[static_cast<std::size_t>(algorithm)];
  if (EVP_MD* known = place.load(std::memory_order_acquire)) return known;
  EVP_MD* method = EVP_MD_fetch(nullptr, name_of(algorithm), nullptr);
  EVP_MD* expected = nullptr;
  if (!place.compare_exchange_strong(expected, method)) {
    EVP_MD_free(method);
    method = expected;
  }
  return method;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* unused) const { EVP_MD_CTX_free(unused); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

/// Of the pieces in a row, with a context that each thread keeps.
std::string digest_of(DigestAlgorithm algorithm, std::initializer_list<std::string_view> pieces) {
  thread_local const Context context(EVP_MD_CTX_new());
  const EVP_MD* method = method_of(algorithm);
  if (!context || method == nullptr || EVP_DigestInit_ex2(context.get(), method, nullptr) != 1) fail();
  for (const auto piece : pieces) {
    if (EVP_DigestUpdate(context.get(), piece.data(), piece.size()) != 1) fail();
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1) fail();
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace

struct Digest::State {
  Context context;
};

Digest::Digest(DigestAlgorithm algorithm) : state_(std::make_unique<State>()) {
  state_->context.reset(EVP_MD_CTX_new());
  const EVP_MD* method = method_of(algorithm);
  if (!state_->context || method == nullptr ||
      EVP_DigestInit_ex2(state_->context.get(), method, nullptr) != 1)
    fail();
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
  return digest_of(algorithm, {bytes});
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

// RFC 2104, on the digest above: OpenSSL's own HMAC looks its parts up anew each time, which takes ten times
// as long as a short text does.
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  constexpr std::size_t block = 64;
  constexpr char inner_pad = 0x36;
  constexpr char outer_pad = 0x5C;
  const std::string shorter = key.size() > block ? digest(DigestAlgorithm::sha256, key) : std::string();
  if (key.size() > block) key = shorter;
  std::array<char, block> inner;
  std::array<char, block> outer;
  for (std::size_t i = 0; i < block; ++i) {
    const char byte = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(byte ^ inner_pad);
    outer[i] = static_cast<char>(byte ^ outer_pad);
  }
  const std::string inside = digest_of(DigestAlgorithm::sha256, {{inner.data(), block}, bytes});
  std::string result = digest_of(DigestAlgorithm::sha256, {{outer.data(), block}, inside});
  OPENSSL_cleanse(inner.data(), block);
  OPENSSL_cleanse(outer.data(), block);
  return result;
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
