#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

TEST(Digest, KnownAnswers) {
  const auto hex = [](DigestAlgorithm algorithm) { return to_hex(digest(algorithm, "abc")); };
  EXPECT_EQ(hex(DigestAlgorithm::md5), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(DigestAlgorithm::sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(DigestAlgorithm::sha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      hex(DigestAlgorithm::sha384),
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex(DigestAlgorithm::sha512),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Digest, InParts) {
  Digest state(DigestAlgorithm::sha256);
  state.update("a");
  Digest moved = std::move(state);
  moved.update("");
  moved.update("bc");
  EXPECT_EQ(to_hex(moved.finish()), sha256_hex("abc"));
  EXPECT_EQ(sha256_hex(*bytes_source("abc")), sha256_hex("abc"));
  EXPECT_EQ(sha256_hex(*bytes_source("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, HmacOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(hmac_sha256(std::string(131, '\xAA'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Encoding, Hexadecimal) {
  EXPECT_EQ(to_hex(std::string("\x00\xFFz", 3)), "00ff7a");
  EXPECT_EQ(from_hex("00fF7a"), std::string("\x00\xFFz", 3));
  EXPECT_THROW(from_hex("abc"), Error);
  EXPECT_THROW(from_hex("0g"), Error);
}

TEST(Encoding, Base64OfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [raw, text] : cases) {
    EXPECT_EQ(to_base64(raw), text);
    EXPECT_EQ(from_base64(text), raw);
  }
  EXPECT_EQ(to_base64url("\xFB\xFF\xFE"), "-__-");
  EXPECT_EQ(to_base64url("\xFB"), "-w");
  EXPECT_EQ(from_base64url("-w"), "\xFB");
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "Zm9v\n", "Zm-v"})
    EXPECT_THROW(from_base64(bad), Error) << bad;
  for (const char* bad : {"-w==", "+w", "-x", "A"}) EXPECT_THROW(from_base64url(bad), Error) << bad;
}

TEST(Random, Differs) {
  EXPECT_EQ(random_bytes(300).size(), 300u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace wheelyard
