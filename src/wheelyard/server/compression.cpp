#include "wheelyard/server/compression.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::server {

std::string gzip(std::string_view bytes) {
  const auto fail = [] {
    return Error(ErrorCode::unavailable, "compress", "an index page", "igzip refused it");
  };
  // Stateless deflate needs at worst the stored size: 5 bytes for each 64 KiB block, and gzip's own 18.
  const std::size_t room = bytes.size() + bytes.size() / 8192 + 256;
  if (room > std::numeric_limits<std::uint32_t>::max()) throw fail();
  std::string out(room, '\0');
  std::vector<std::uint8_t> work(ISAL_DEF_LVL1_DEFAULT);
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<std::uint32_t>(bytes.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  stream.avail_out = static_cast<std::uint32_t>(out.size());
  stream.end_of_stream = 1;
  stream.flush = NO_FLUSH;
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 1;
  stream.level_buf = work.data();
  stream.level_buf_size = static_cast<std::uint32_t>(work.size());
  if (isal_deflate_stateless(&stream) != COMP_OK) throw fail();
  out.resize(stream.total_out);
  return out;
}

}  // namespace wheelyard::server
