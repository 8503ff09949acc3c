#include <zstd.h>

#include "wheelyard/base/shared_library.hpp"
#include "wheelyard/package/archive/unpacker.hpp"

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

struct ZstdLibrary {
  decltype(&::ZSTD_createDCtx) create;
  decltype(&::ZSTD_freeDCtx) free;
  decltype(&::ZSTD_decompressStream) decompress;
  decltype(&::ZSTD_isError) is_error;
};

const ZstdLibrary& zstd() {
  static const ZstdLibrary loaded = [] {
    const SharedLibrary library({"libzstd.so.1"}, "install libzstd 1 (Debian: apt-get install libzstd1)");
    ZstdLibrary functions{};
    library.find("ZSTD_createDCtx", functions.create);
    library.find("ZSTD_freeDCtx", functions.free);
    library.find("ZSTD_decompressStream", functions.decompress);
    library.find("ZSTD_isError", functions.is_error);
    return functions;
  }();
  return loaded;
}

struct Zstd {
  static constexpr std::string_view name = "zstd";
  static constexpr std::string_view magic = "\x28\xb5\x2f\xfd"sv;

  Zstd() : context(zstd().create()) {
    if (context == nullptr) out_of_memory();
  }
  ~Zstd() { zstd().free(context); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  /// It goes on with the next frame by itself.
  void restart() {}
  void give(std::string_view bytes) { input = {bytes.data(), bytes.size(), 0}; }
  void take_into(std::vector<char>& buffer) { output = {buffer.data(), buffer.size(), 0}; }
  std::size_t left_in() const { return input.size - input.pos; }
  std::size_t left_out() const { return output.size - output.pos; }
  enum class Step { more, ended, damaged };
  /// A window is at most 128 MiB: the library refuses larger ones.
  Step step() {
    const std::size_t status = zstd().decompress(context, &output, &input);
    if (zstd().is_error(status) != 0) return Step::damaged;
    return status == 0 ? Step::ended : Step::more;
  }

  ZSTD_DCtx* context;
  ZSTD_inBuffer input{};
  ZSTD_outBuffer output{};
};

}  // namespace

std::unique_ptr<Decompressor> open_zstd(BlockReader& reader, UnpackBudget& budget) {
  return std::make_unique<Unpacker<Zstd>>(reader, budget);
}

}  // namespace wheelyard::package
