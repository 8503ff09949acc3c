#include "wheelyard/server/compression.hpp"

#include <limits>

#include <zlib.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::server {
namespace {

constexpr int gzip_window = 15 + 16;  // the largest, with gzip's header and trailer
constexpr int memory_level = 8;       // zlib's own choice

}  // namespace

std::string gzip(std::string_view bytes) {
  const auto fail = [] {
    return Error(ErrorCode::unavailable, "compress", "an index page", "zlib refused it");
  };
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) throw fail();
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw fail();
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int state = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (state != Z_STREAM_END) throw fail();
  return out;
}

}  // namespace wheelyard::server
