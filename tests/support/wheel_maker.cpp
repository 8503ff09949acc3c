#include "wheel_maker.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <bzlib.h>
#include <zlib.h>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::test_support {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string deflated(std::string_view bytes, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string ZipMaker::bytes() const {
  constexpr std::uint32_t full = 0xffffffff;
  std::string out = prefix;
  std::string directory;
  for (const Member& member : members) {
    const bool folder = member.kind == Member::Kind::folder;
    const std::string& content = member.kind == Member::Kind::symbolic_link ? member.target : member.content;
    const std::string data = member.stored || folder ? content : deflated(content, -MAX_WBITS);
    const std::uint16_t method = (member.stored || folder) && !member.deflated_nothing ? 0 : 8;
    const auto flags = static_cast<std::uint16_t>(member.extra_flags | (member.with_descriptor ? 8 : 0) |
                                                  0x800);  // 0x800: UTF-8
    const auto crc = static_cast<std::uint32_t>(
                         crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size())) ^
                     member.crc_xor;
    const std::uint64_t size = content.size() + static_cast<std::uint64_t>(member.size_lie);
    const std::uint64_t offset = out.size() - prefix.size();
    const std::string& local_path = member.local_path.empty() ? member.path : member.local_path;

    std::string sizes64;
    if (member.zip64) {
      put(sizes64, 1, 2);
      put(sizes64, 16, 2);
      put(sizes64, size, 8);
      put(sizes64, data.size(), 8);
    }
    out += "PK\x03\x04";
    put(out, member.zip64 ? 45 : 20, 2);
    put(out, flags, 2);
    put(out, method, 2);
    put(out, 0x00210000, 4);  // 1 January 1980
    put(out, member.with_descriptor ? 0 : crc ^ member.local_crc_xor, 4);
    put(out, member.with_descriptor ? 0 : member.zip64 ? full : data.size(), 4);
    put(out, member.with_descriptor ? 0 : member.zip64 ? full : size, 4);
    put(out, local_path.size(), 2);
    put(out, member.with_descriptor ? 0 : sizes64.size(), 2);
    out += local_path;
    if (!member.with_descriptor) out += sizes64;
    out += data;
    if (member.with_descriptor) {
      out += "PK\x07\x08";
      put(out, crc ^ member.local_crc_xor, 4);
      put(out, data.size(), member.zip64 ? 8 : 4);
      put(out, size, member.zip64 ? 8 : 4);
    }
    out += member.gap;

    const std::uint32_t mode = member.kind == Member::Kind::symbolic_link ? 0120777
                               : folder                                   ? 0040755
                                                                          : 0100000 | member.mode;
    directory += "PK\x01\x02";
    put(directory, (member.without_mode ? 0 : 3) << 8 | 45, 2);  // made on Unix
    put(directory, member.zip64 ? 45 : 20, 2);
    put(directory, flags, 2);
    put(directory, method, 2);
    put(directory, 0x00210000, 4);
    put(directory, crc, 4);
    put(directory, member.zip64 ? full : data.size(), 4);
    put(directory, member.zip64 ? full : size, 4);
    put(directory, member.path.size(), 2);
    put(directory, sizes64.size() + member.extra.size(), 2);
    put(directory, 0, 2 + 2 + 2);  // comment, disk, internal attributes
    put(directory, member.without_mode ? 0 : mode << 16, 4);
    put(directory, offset, 4);
    directory += member.path + sizes64 + member.extra;
  }
  const std::uint64_t directory_offset = out.size() - prefix.size();
  out += directory;
  const std::uint64_t end64_offset = out.size() - prefix.size();
  if (zip64_end) {
    out += "PK\x06\x06";
    put(out, 44, 8);
    put(out, 45, 2);
    put(out, 45, 2);
    put(out, 0, 8);  // disks
    put(out, members.size(), 8);
    put(out, members.size(), 8);
    put(out, directory.size(), 8);
    put(out, directory_offset, 8);
    out += "PK\x06\x07";
    put(out, 0, 4);
    put(out, end64_offset, 8);
    put(out, 1, 4);
  }
  out += "PK\x05\x06";
  put(out, 0, 4);
  put(out, zip64_end ? 0xffff : members.size(), 2);
  put(out, zip64_end ? 0xffff : members.size(), 2);
  put(out, zip64_end ? full : directory.size(), 4);
  put(out, zip64_end ? full : directory_offset, 4);
  put(out, comment.size(), 2);
  return out + comment + suffix;
}

std::string make_tar(const std::vector<Member>& members) {
  constexpr std::size_t block = 512;
  std::string out;
  const auto octal = [](std::uint64_t value, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i-- > 0; value >>= 3) text[i] = static_cast<char>('0' + (value & 7));
    return text + '\0';
  };
  const auto append = [&](const std::string& path, char type, const std::string& target,
                          const std::string& content, unsigned mode = 0644) {
    std::string header(block, '\0');
    const auto set = [&](std::size_t at, std::string_view text) { header.replace(at, text.size(), text); };
    set(0, path.substr(0, 100));
    set(100, octal(type == '5' ? 0755 : mode, 7) + octal(0, 7) + octal(0, 7) + octal(content.size(), 11) +
                 octal(0, 11));
    set(148, "        ");
    header[156] = type;
    set(157, target.substr(0, 100));
    set(257, std::string_view("ustar\0"
                              "00",
                              8));
    std::uint64_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    set(148, octal(sum, 6) + " ");
    out += header + content;
    out.resize((out.size() + block - 1) / block * block);
  };
  for (const Member& member : members) {
    const bool plain =
        member.path.size() <= 100 && std::ranges::all_of(member.path, [](char c) { return c > 0; });
    if (!plain) {
      // A pax record counts its own length: "30 path=...\n".
      const std::string rest = " path=" + member.path + "\n";
      std::size_t length = rest.size() + 1;
      while (std::to_string(length).size() + rest.size() != length) ++length;
      append("pax", 'x', "", std::to_string(length) + rest);
    }
    switch (member.kind) {
      case Member::Kind::file:
        append(member.path, '0', "", member.content, member.mode);
        break;
      case Member::Kind::hard_link:
        append(member.path, '1', member.target, "");
        break;
      case Member::Kind::symbolic_link:
        append(member.path, '2', member.target, "");
        break;
      case Member::Kind::character_device:
        append(member.path, '3', "", "");
        break;
      case Member::Kind::folder:
        append(member.path, '5', "", "");
        break;
    }
  }
  return out + std::string(2 * block, '\0');
}

std::string gzip(std::string_view bytes) {
  return deflated(bytes, MAX_WBITS + 16);
}

std::string bzip2(std::string_view bytes) {
  auto size = static_cast<unsigned>(bytes.size() + bytes.size() / 100 + 600);
  std::string out(size, '\0');
  if (BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(bytes.data()),
                               static_cast<unsigned>(bytes.size()), 9, 0, 0) != BZ_OK) {
    throw std::runtime_error("bzip2");
  }
  out.resize(size);
  return out;
}

std::string record_row(std::string_view path, std::string_view content) {
  return std::string(path) + ",sha256=" + to_base64url(digest(DigestAlgorithm::sha256, content)) + "," +
         std::to_string(content.size()) + "\n";
}

std::string WheelMaker::bytes() const {
  ZipMaker maker = zip;
  maker.members = members;
  if (!metadata.empty()) maker.members.push_back({dist_info + "/METADATA", metadata});
  if (!wheel.empty()) maker.members.push_back({dist_info + "/WHEEL", wheel});
  if (with_record) {
    std::string record;
    for (const Member& member : maker.members) {
      if (member.kind == Member::Kind::folder || std::ranges::count(without_row, member.path) > 0) continue;
      const auto lie = std::ranges::find(hashes, member.path, &std::pair<std::string, std::string>::first);
      record += lie == hashes.end()
                    ? record_row(member.path, member.content)
                    : member.path + "," + lie->second + "," + std::to_string(member.content.size()) + "\n";
    }
    for (const std::string& row : more_rows) record += row;
    record += dist_info + "/RECORD,,\n";
    maker.members.push_back({dist_info + "/RECORD", record});
  }
  return maker.bytes();
}

std::vector<Member> sdist_members(const std::string& folder, const std::string& pkg_info) {
  return {{folder + "/", "", Member::Kind::folder},
          {folder + "/PKG-INFO", pkg_info},
          {folder + "/setup.py", "from setuptools import setup\nsetup(name='acme', version='1.0')\n"}};
}

}  // namespace wheelyard::test_support
