#include "wheelyard/package/archive/decompressor.hpp"

#include <algorithm>
#include <vector>

#include <bzlib.h>
#include <zlib.h>

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

[[noreturn]] void out_of_memory() {
  throw Error(ErrorCode::unavailable, "unpack", "an archive", "memory ran out", "try again with more memory");
}

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
  enum class Step { more, ended, damaged };
  Step step() {
    const int status = ::BZ2_bzDecompress(&stream);
    if (status == BZ_STREAM_END) return Step::ended;
    return status == BZ_OK ? Step::more : Step::damaged;
  }

  bz_stream stream{};
};

template <typename Method>
class Unpacker final : public Decompressor {
 public:
  Unpacker(BlockReader& reader, UnpackBudget& budget)
      : reader_(reader), budget_(budget), fault_(reader.file().fault()) {
    if (reader_.left() == 0) fault_("the file is empty");
    if (reader_.peek(Method::magic.size()) != Method::magic) {
      fault_("it is not a " + std::string(Method::name) + " file, as its name says it is");
    }
  }

  std::string_view next() override {
    while (!ended_) {
      const std::string_view block = reader_.peek_some(BlockReader::capacity);
      method_.give(block);
      method_.take_into(output_);
      const auto step = method_.step();
      if (step == Method::Step::damaged) fault_("its " + std::string(Method::name) + " data is damaged");
      const std::size_t used = block.size() - method_.stream.avail_in;
      const std::size_t made = output_.size() - method_.stream.avail_out;
      reader_.consume(used);
      budget_.add(made);
      if (step == Method::Step::ended) {
        end_of_stream();
      } else if (used == 0 && made == 0) {
        fault_("its " + std::string(Method::name) + " data ends too early: the file was cut off");
      }
      if (made > 0) return {output_.data(), made};
    }
    return {};
  }

 private:
  void end_of_stream() {
    if (reader_.peek(Method::magic.size()) == Method::magic) {
      method_.restart();
      return;
    }
    ended_ = true;
    for (std::string_view block; !(block = reader_.peek_some(BlockReader::capacity)).empty();
         reader_.consume(block.size())) {
      if (std::ranges::any_of(block, [](char c) { return c != '\0'; })) {
        fault_("bytes follow the end of its " + std::string(Method::name) + " data");
      }
    }
  }

  BlockReader& reader_;
  UnpackBudget& budget_;
  const Fault& fault_;
  Method method_;
  std::vector<char> output_ = std::vector<char>(256u << 10);
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::open(Compression compression, BlockReader& reader,
                                                 UnpackBudget& budget) {
  if (compression == Compression::gzip) return std::make_unique<Unpacker<Gzip>>(reader, budget);
  return std::make_unique<Unpacker<Bzip2>>(reader, budget);
}

}  // namespace wheelyard::package
