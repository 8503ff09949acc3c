#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wheelyard/package/archive/zip_archive.hpp"
#include "wheelyard/package/inspection.hpp"
#include "wheelyard/package/member_path.hpp"
#include "wheelyard/package/name.hpp"
#include "wheelyard/package/record.hpp"
#include "wheelyard/package/wheel_tags.hpp"

namespace wheelyard::package {
namespace {

// A wheel while it is checked: what RECORD says of each member beside the members themselves.
class WheelInspection {
 public:
  WheelInspection(const ArchiveFile& file, const Filename& filename, const InspectLimits& limits,
                  Distribution& result)
      : file_(file),
        fault_(file.fault()),
        filename_(filename),
        limits_(limits),
        result_(result),
        archive_(file, limits) {}

  void run() {
    index_members();
    find_dist_info();
    result_.core_metadata = archive_.read(required("METADATA"), limits_.metadata_bytes);
    take_metadata(result_.core_metadata, "METADATA", filename_, fault_, result_);
    check_wheel_file(archive_.read(required("WHEEL"), limits_.metadata_bytes), filename_, fault_, result_);
    read_record();
    read_members();
  }

 private:
  struct Expected {
    std::optional<RecordHash> hash;
    std::optional<std::uint64_t> size;
    bool listed = false;
  };

  void index_members() {
    const auto& entries = archive_.entries();
    if (entries.empty()) fault_("it holds no members");
    by_path_.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (const auto problem = path_problem(entries[i].name)) fault_.member(entries[i].name, *problem);
      if (entries[i].is_symlink())
        fault_.member(entries[i].name, "is a symbolic link, which wheels may not hold");
      by_path_.emplace(entries[i].name, i);
    }
    expected_.resize(entries.size());
  }

  void find_dist_info() {
    constexpr std::string_view suffix = ".dist-info";
    for (const ZipEntry& entry : archive_.entries()) {
      const std::string_view top = std::string_view(entry.name).substr(0, entry.name.find('/'));
      if (top.size() == entry.name.size() || !top.ends_with(suffix) || top == dist_info_) continue;
      if (!dist_info_.empty()) {
        fault_("it has two .dist-info folders, " + Fault::quoted(dist_info_) + " and " + Fault::quoted(top));
      }
      dist_info_ = top;
    }
    if (dist_info_.empty()) fault_("it has no .dist-info folder, so it is no wheel");
    const std::string_view stem = std::string_view(dist_info_).substr(0, dist_info_.size() - suffix.size());
    const std::size_t hyphen = stem.rfind('-');
    const auto version =
        hyphen == std::string_view::npos ? std::nullopt : Version::parse(stem.substr(hyphen + 1));
    if (normalize_name(stem.substr(0, hyphen)) != filename_.normalized_name || !version ||
        *version != filename_.version) {
      fault_("its folder " + Fault::quoted(dist_info_) + " does not match its file name",
             "rename nothing by hand: build the wheel with its real name and version");
    }
  }

  std::size_t required(std::string_view name) const {
    const auto found = by_path_.find(dist_info_ + "/" + std::string(name));
    if (found == by_path_.end())
      fault_("it has no " + std::string(name) + " in " + Fault::quoted(dist_info_));
    return found->second;
  }

  // RECORD cannot hold its own digest, nor those of the signatures over it.
  bool is_exempt(std::string_view path) const {
    if (!path.starts_with(dist_info_)) return false;
    path.remove_prefix(dist_info_.size());
    return path == "/RECORD" || path == "/RECORD.jws" || path == "/RECORD.p7s";
  }

  void take_row(const RecordRow& row) {
    const auto found = by_path_.find(row.path);
    if (found == by_path_.end())
      fault_("its RECORD lists " + Fault::quoted(row.path) + ", which it does not hold");
    Expected& expected = expected_[found->second];
    if (expected.listed) fault_("its RECORD lists " + Fault::quoted(row.path) + " twice");
    expected.listed = true;
    if (is_exempt(row.path) || archive_.entries()[found->second].is_directory()) return;
    expected.hash = parse_record_hash(row.hash);
    if (!expected.hash) {
      fault_("its RECORD has " + (row.hash.empty() ? "no digest" : "the digest " + Fault::quoted(row.hash)) +
                 " for " + Fault::quoted(row.path),
             "wheels carry SHA-256, SHA-384 or SHA-512 digests, in base64url without padding");
    }
    if (row.size.empty()) return;
    std::uint64_t size = 0;
    const char* const end = row.size.data() + row.size.size();
    if (const auto read = std::from_chars(row.size.data(), end, size);
        read.ec != std::errc() || read.ptr != end) {
      fault_("its RECORD has the size " + Fault::quoted(row.size) + " for " + Fault::quoted(row.path));
    }
    expected.size = size;
  }

  void read_record() {
    const std::size_t record = required("RECORD");
    RecordParser parser([&](const RecordRow& row) { take_row(row); },
                        [&](const std::string& reason) { fault_("its RECORD " + reason); });
    BlockReader reader(file_, archive_.entries()[record].offset);
    archive_.unpack(record, reader, [&](std::string_view bytes) { parser.feed(bytes); });
    parser.finish();
  }

  void read_members() {
    Digest whole(DigestAlgorithm::sha256);
    BlockReader reader(file_, 0, &whole);
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      const ZipEntry& entry = archive_.entries()[i];
      const Expected& expected = expected_[i];
      if (!expected.hash) {
        if (!is_exempt(entry.name) && !entry.is_directory())
          fault_.member(entry.name, "is not listed in its RECORD");
        archive_.unpack(i, reader, [](std::string_view) {});
        continue;
      }
      if (expected.size && *expected.size != entry.size) {
        fault_.member(entry.name, "has " + std::to_string(entry.size) + " bytes, and its RECORD says " +
                                      std::to_string(*expected.size));
      }
      Digest digest(expected.hash->algorithm);
      archive_.unpack(i, reader, [&](std::string_view bytes) { digest.update(bytes); });
      if (digest.finish() != expected.hash->digest)
        fault_.member(entry.name, "has another digest than its RECORD says");
    }
    for (std::string_view rest; !(rest = reader.peek_some(BlockReader::capacity)).empty();)
      reader.consume(rest.size());
    result_.sha256 = to_hex(whole.finish());
  }

  const ArchiveFile& file_;
  const Fault& fault_;
  const Filename& filename_;
  const InspectLimits& limits_;
  Distribution& result_;
  ZipArchive archive_;
  std::unordered_map<std::string_view, std::size_t> by_path_;
  std::vector<Expected> expected_;
  std::string dist_info_;
};

}  // namespace

void inspect_wheel(const ArchiveFile& file, const Filename& filename, const InspectLimits& limits,
                   Distribution& result) {
  WheelInspection(file, filename, limits, result).run();
}

}  // namespace wheelyard::package
