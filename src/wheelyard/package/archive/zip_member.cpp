// Members: the local header, the data and the data descriptor, each held against the central directory.
#include <memory>
#include <vector>

#include <zlib.h>

#include "wheelyard/package/archive/little_endian.hpp"
#include "wheelyard/package/archive/zip_archive.hpp"

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

constexpr auto header_mark = "PK\x03\x04"sv;
constexpr auto descriptor_mark = "PK\x07\x08"sv;
constexpr std::size_t header_size = 30;
constexpr std::uint32_t full32 = 0xffffffff;
constexpr std::uint16_t has_descriptor = 1u << 3;

std::uint32_t add_to_crc(std::uint32_t crc, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

struct ZipArchive::Inflater {
  Inflater() {
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
      throw Error(ErrorCode::unavailable, "unpack", "a zip archive", "memory ran out",
                  "try again with more memory");
    }
  }
  ~Inflater() { ::inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream{};
  std::vector<char> output = std::vector<char>(256u << 10);
};

ZipArchive::ZipArchive(const ArchiveFile& file, const InspectLimits& limits)
    : file_(file), fault_(file.fault()) {
  find_directory();
  read_directory(limits);
  check_layout(limits);
}
ZipArchive::~ZipArchive() = default;

void ZipArchive::pass_local_header(const ZipEntry& entry, BlockReader& reader) const {
  const std::string_view fixed = reader.peek(header_size);
  if (reader.position() != entry.offset || fixed.size() < header_size || !fixed.starts_with(header_mark)) {
    fault_.member(entry.name, "is not where the central directory says");
  }
  LittleEndian sizes(fixed.substr(26));
  const std::size_t name_size = sizes.u16();
  const std::size_t extra_size = sizes.u16();
  const std::string_view whole = reader.peek(header_size + name_size + extra_size);
  if (whole.size() < header_size + name_size + extra_size) fault_.member(entry.name, "is cut off");
  LittleEndian header(whole.substr(header_mark.size()));
  header.skip(2);  // version needed
  const std::uint16_t flags = header.u16();
  const std::uint16_t method = header.u16();
  header.skip(4);  // time and date
  const std::uint32_t crc = header.u32();
  std::uint64_t packed = header.u32();
  std::uint64_t size = header.u32();
  header.skip(4);  // sizes of name and extra fields
  if (header.text(name_size) != entry.name) {
    fault_.member(entry.name, "has another name in its own header than in the central directory");
  }
  LittleEndian extra(header.rest());
  while (extra.left() >= 4) {
    const std::uint16_t id = extra.u16();
    const std::uint16_t length = extra.u16();
    if (length > extra.left()) break;  // padding for alignment is no field
    LittleEndian field(extra.text(length));
    if (id != 1) continue;
    for (std::uint64_t* value : {&size, &packed}) {
      if (*value == full32 && field.left() >= 8) *value = field.u64();
    }
  }
  constexpr std::uint16_t what_matters = 1u << 0 | has_descriptor | 1u << 6 | 1u << 13;
  if (method != entry.method || (flags & what_matters) != (entry.flags & what_matters)) {
    fault_.member(entry.name, "is described otherwise in its own header than in the central directory");
  }
  const bool agrees = crc == entry.crc && packed == entry.packed && size == entry.size;
  const bool left_to_descriptor = (flags & has_descriptor) != 0 && crc == 0 &&
                                  (packed == 0 || packed == full32) && (size == 0 || size == full32);
  if (!agrees && !left_to_descriptor) {
    fault_.member(entry.name, "has another size or CRC in its own header than in the central directory");
  }
  reader.consume(whole.size());
}

void ZipArchive::pass_descriptor(std::size_t index, BlockReader& reader) const {
  const ZipEntry& entry = entries_[index];
  if (reader.position() > next_offset(index)) fault_.member(entry.name, "overlaps the one behind it");
  const std::uint64_t length = next_offset(index) - reader.position();
  if ((entry.flags & has_descriptor) == 0) {
    if (length != 0)
      fault_.member(entry.name, "is followed by " + std::to_string(length) + " bytes that belong to nothing");
    return;
  }
  if (length != 12 && length != 16 && length != 20 && length != 24) {
    fault_.member(entry.name, "has no data descriptor behind it, or bytes that belong to nothing");
  }
  LittleEndian descriptor(reader.peek(static_cast<std::size_t>(length)));
  if (length % 8 == 0 && descriptor.text(4) != descriptor_mark)
    fault_.member(entry.name, "has a damaged data descriptor");
  const bool agrees = descriptor.u32() == entry.crc &&
                      (length < 20 ? descriptor.u32() : descriptor.u64()) == entry.packed &&
                      (length < 20 ? descriptor.u32() : descriptor.u64()) == entry.size;
  if (!agrees)
    fault_.member(entry.name, "has another size or CRC in its data descriptor than in the central directory");
  reader.consume(static_cast<std::size_t>(length));
}

void ZipArchive::unpack(std::size_t index, BlockReader& reader, const Sink& sink) {
  const ZipEntry& entry = entries_[index];
  pass_local_header(entry, reader);
  std::uint32_t crc = 0;
  std::uint64_t produced = 0;
  const auto deliver = [&](std::string_view bytes) {
    produced += bytes.size();
    if (produced > entry.size) fault_.member(entry.name, "unpacks to more bytes than it says");
    crc = add_to_crc(crc, bytes);
    sink(bytes);
  };
  std::uint64_t left = entry.packed;
  // Old tools call a folder deflated and give it no data at all, not even an empty stream.
  const bool nothing = entry.packed == 0 && entry.size == 0;
  if (entry.method == 0 || nothing) {
    while (left > 0) {
      const std::string_view block = reader.peek_some(left);
      if (block.empty()) fault_.member(entry.name, "is cut off");
      deliver(block);
      reader.consume(block.size());
      left -= block.size();
    }
  } else {
    if (!inflater_) inflater_ = std::make_unique<Inflater>();
    z_stream& stream = inflater_->stream;
    ::inflateReset(&stream);
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      const std::string_view block = left > 0 ? reader.peek_some(left) : std::string_view();
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
      stream.avail_in = static_cast<uInt>(block.size());
      stream.next_out = reinterpret_cast<Bytef*>(inflater_->output.data());
      stream.avail_out = static_cast<uInt>(inflater_->output.size());
      status = ::inflate(&stream, Z_NO_FLUSH);
      if (status == Z_BUF_ERROR) fault_.member(entry.name, "is cut off");
      if (status != Z_OK && status != Z_STREAM_END) fault_.member(entry.name, "holds damaged data");
      const std::size_t used = block.size() - stream.avail_in;
      reader.consume(used);
      left -= used;
      deliver({inflater_->output.data(), inflater_->output.size() - stream.avail_out});
    }
    if (left != 0) fault_.member(entry.name, "holds bytes behind its data");
  }
  if (produced != entry.size) fault_.member(entry.name, "unpacks to fewer bytes than it says");
  if (crc != entry.crc) fault_.member(entry.name, "holds damaged data: its CRC is not the one it should be");
  pass_descriptor(index, reader);
}

std::string ZipArchive::read(std::size_t index, std::uint64_t limit) {
  const ZipEntry& entry = entries_[index];
  if (entry.size > limit) fault_.member(entry.name, "is larger than " + std::to_string(limit) + " bytes");
  std::string content;
  BlockReader reader(file_, entry.offset);
  unpack(index, reader, [&](std::string_view bytes) { content.append(bytes); });
  return content;
}

}  // namespace wheelyard::package
