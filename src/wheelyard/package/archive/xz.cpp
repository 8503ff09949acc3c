#include <lzma.h>

#include "wheelyard/base/shared_library.hpp"
#include "wheelyard/package/archive/unpacker.hpp"

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

struct LzmaLibrary {
  decltype(&::lzma_stream_decoder) stream_decoder;
  decltype(&::lzma_code) code;
  decltype(&::lzma_end) end;
};

const LzmaLibrary& lzma() {
  static const LzmaLibrary loaded = [] {
    const SharedLibrary library({"liblzma.so.5"}, "install liblzma 5 (Debian: apt-get install liblzma5)");
    LzmaLibrary functions{};
    library.find("lzma_stream_decoder", functions.stream_decoder);
    library.find("lzma_code", functions.code);
    library.find("lzma_end", functions.end);
    return functions;
  }();
  return loaded;
}

struct Xz {
  static constexpr std::string_view name = "xz";
  static constexpr std::string_view magic = "\xfd\x37zXZ\0"sv;
  /// Four times what `xz -9` asks for.
  static constexpr std::uint64_t most_memory = 256u << 20;

  Xz() { start(); }
  ~Xz() { lzma().end(&stream); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  void start() {
    if (lzma().stream_decoder(&stream, most_memory, 0) != LZMA_OK) out_of_memory();
  }
  void restart() { start(); }
  void give(std::string_view bytes) {
    stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream.avail_in = bytes.size();
  }
  void take_into(std::vector<char>& buffer) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    stream.avail_out = buffer.size();
  }
  std::size_t left_in() const { return stream.avail_in; }
  std::size_t left_out() const { return stream.avail_out; }
  enum class Step { more, ended, damaged };
  Step step() {
    const lzma_ret status = lzma().code(&stream, LZMA_RUN);
    if (status == LZMA_STREAM_END) return Step::ended;
    return status == LZMA_OK || status == LZMA_BUF_ERROR ? Step::more : Step::damaged;
  }

  lzma_stream stream{};
};

}  // namespace

std::unique_ptr<Decompressor> open_xz(BlockReader& reader, UnpackBudget& budget) {
  return std::make_unique<Unpacker<Xz>>(reader, budget);
}

}  // namespace wheelyard::package
