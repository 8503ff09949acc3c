#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard::test_support {

/// A member of an archive that a test makes. What is left at its default is what a good archive has.
struct Member {
  enum class Kind { file, folder, symbolic_link, hard_link, character_device };

  std::string path;
  std::string content;
  Kind kind = Kind::file;
  std::string target{};  ///< of a link

  // Zip only: lies and rarities.
  bool stored = false;
  bool with_descriptor = false;     ///< sizes and CRC behind the data, as a streaming writer leaves them
  bool deflated_nothing = false;    ///< said to be deflated, without any data
  bool zip64 = false;               ///< sizes in zip64 extra fields
  std::uint16_t extra_flags = 0;    ///< set in both headers: 1 is "encrypted"
  std::string local_path{};         ///< another name in the local header
  std::string extra{};              ///< an extra field, whole, in the central directory
  std::string gap{};                ///< bytes behind the member
  std::uint32_t crc_xor = 0;        ///< makes the CRC wrong in both headers
  std::uint32_t local_crc_xor = 0;  ///< makes it wrong in the local header only
  std::int64_t size_lie = 0;        ///< added to the unpacked size in both headers
  bool without_mode = false;        ///< made on a system that has none

  unsigned mode = 0644;  ///< of a file, in zip and tar
};

/// A zip archive, made by hand so that it can be wrong in every part.
struct ZipMaker {
  std::vector<Member> members;
  std::string prefix{};    ///< bytes before the first member; offsets do not count them
  std::string suffix{};    ///< bytes behind the end
  std::string comment{};   ///< the archive's own
  bool zip64_end = false;  ///< with a zip64 end record and its locator

  std::string bytes() const;
};

/// A tar (ustar; pax headers for names that need them), without compression.
std::string make_tar(const std::vector<Member>& members);
std::string gzip(std::string_view bytes);
std::string bzip2(std::string_view bytes);

/// A wheel of a small module, good unless a test changes it. `RECORD` is made by `bytes` from the members and
/// from what `record` does to its lines.
struct WheelMaker {
  std::string name = "acme";
  std::string version = "1.0";
  std::string tags = "py3-none-any";
  std::string metadata = "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\nRequires-Python: >=3.8\n";
  std::string wheel = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
  std::string dist_info = "acme-1.0.dist-info";
  std::vector<Member> members = {{"acme/__init__.py", "VERSION = '1.0'\n"}};
  bool with_record = true;
  std::vector<std::string> without_row{};                     ///< paths that RECORD leaves out
  std::vector<std::string> more_rows{};                       ///< whole lines
  std::vector<std::pair<std::string, std::string>> hashes{};  ///< path and what stands in its hash field
  ZipMaker zip{};                                             ///< its members are replaced

  std::string filename() const { return name + "-" + version + "-" + tags + ".whl"; }
  std::string bytes() const;
};

/// "path,sha256=…,size" as RECORD has it.
std::string record_row(std::string_view path, std::string_view content);

/// An sdist's members: "acme-1.0/PKG-INFO" and a module.
std::vector<Member> sdist_members(
    const std::string& folder = "acme-1.0",
    const std::string& pkg_info = "Metadata-Version: 1.1\nName: acme\nVersion: 1.0\n");

}  // namespace wheelyard::test_support
