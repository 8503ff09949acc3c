#include "wheelyard/server/compression.hpp"

#include <random>
#include <string>

#include "gunzip.hpp"
#include <gtest/gtest.h>
#include <zlib.h>

namespace wheelyard::test {

std::string gunzip(std::string_view packed) {
  std::string out;
  z_stream stream{};
  inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK) {
    char chunk[65536];
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof(chunk);
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk, sizeof(chunk) - stream.avail_out);
  }
  inflateEnd(&stream);
  EXPECT_EQ(state, Z_STREAM_END);
  return out;
}

namespace {

TEST(Gzip, IsReadByZlib) {
  std::mt19937 random(7);
  std::string noise(1'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "acme-1." + std::to_string(i) + "-py3-none-any.whl\n";
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(70'000, 'a'), noise, text}) {
    EXPECT_EQ(gunzip(server::gzip(bytes)), bytes) << bytes.size();
  }
  EXPECT_LT(server::gzip(text).size(), text.size() / 3);
}

}  // namespace
}  // namespace wheelyard::test
