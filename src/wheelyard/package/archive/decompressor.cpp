#include "wheelyard/package/archive/decompressor.hpp"

#include <bzlib.h>
#include <zlib.h>

#include "wheelyard/package/archive/unpacker.hpp"

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

struct Gzip {
  static constexpr std::string_view name = "gzip";
  static constexpr std::string_view magic = "\x1f\x8b"sv;

  Gzip() {
    if (::inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) out_of_memory();
  }
  ~Gzip() { ::inflateEnd(&stream); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void restart() { ::inflateReset(&stream); }
  void give(std::string_view bytes) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
  }
  void take_into(std::vector<char>& buffer) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
  }
  std::size_t left_in() const { return stream.avail_in; }
  std::size_t left_out() const { return stream.avail_out; }
  // Whether the stream has ended; none of it where the data is damaged.
  enum class Step { more, ended, damaged };
  Step step() {
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) return Step::ended;
    return status == Z_OK || status == Z_BUF_ERROR ? Step::more : Step::damaged;
  }

  z_stream stream{};
};

struct Bzip2 {
  static constexpr std::string_view name = "bzip2";
  static constexpr std::string_view magic = "BZh"sv;

  Bzip2() { start(); }
  ~Bzip2() { ::BZ2_bzDecompressEnd(&stream); }
  Bzip2(const Bzip2&) = delete;
  Bzip2& operator=(const Bzip2&) = delete;

  void start() {
    if (::BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) out_of_memory();
  }
  void restart() {
    ::BZ2_bzDecompressEnd(&stream);
    stream = {};
    start();
  }
  void give(std::string_view bytes) {
    stream.next_in = const_cast<char*>(bytes.data());
    stream.avail_in = static_cast<unsigned>(bytes.size());
  }
  void take_into(std::vector<char>& buffer) {
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<unsigned>(buffer.size());
  }
  std::size_t left_in() const { return stream.avail_in; }
  std::size_t left_out() const { return stream.avail_out; }
  enum class Step { more, ended, damaged };
  Step step() {
    const int status = ::BZ2_bzDecompress(&stream);
    if (status == BZ_STREAM_END) return Step::ended;
    return status == BZ_OK ? Step::more : Step::damaged;
  }

  bz_stream stream{};
};

/// What is not packed: passed on as it is.
class Plain final : public Decompressor {
 public:
  Plain(BlockReader& reader, UnpackBudget& budget) : reader_(reader), budget_(budget) {
    if (reader_.left() == 0) reader_.file().fault()("the file is empty");
  }

  std::string_view next() override {
    reader_.consume(given_);
    const std::string_view block = reader_.peek_some(BlockReader::capacity);
    given_ = block.size();
    budget_.add(given_);
    return block;
  }

 private:
  BlockReader& reader_;
  UnpackBudget& budget_;
  std::size_t given_ = 0;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::open(Compression compression, BlockReader& reader,
                                                 UnpackBudget& budget) {
  switch (compression) {
    case Compression::none:
      return std::make_unique<Plain>(reader, budget);
    case Compression::gzip:
      return std::make_unique<Unpacker<Gzip>>(reader, budget);
    case Compression::bzip2:
      return std::make_unique<Unpacker<Bzip2>>(reader, budget);
    case Compression::xz:
      return open_xz(reader, budget);
    case Compression::zstd:
      break;
  }
  return open_zstd(reader, budget);
}

}  // namespace wheelyard::package
