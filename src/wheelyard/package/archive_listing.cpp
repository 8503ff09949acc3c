#include "wheelyard/package/archive_listing.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/archive/tar_archive.hpp"
#include "wheelyard/package/archive/zip_archive.hpp"

namespace wheelyard::package {
namespace {

constexpr std::array<std::string_view, 5> zip_endings{".zip", ".whl", ".jar", ".egg", ".pipper"};

struct TarEnding {
  std::string_view text;
  Compression compression;
};
constexpr std::array<TarEnding, 9> tar_endings{{
    {".tar", Compression::none},
    {".tar.gz", Compression::gzip},
    {".tgz", Compression::gzip},
    {".tar.bz2", Compression::bzip2},
    {".tbz2", Compression::bzip2},
    {".tar.xz", Compression::xz},
    {".txz", Compression::xz},
    {".tar.zst", Compression::zstd},
    {".tzst", Compression::zstd},
}};

bool is_zip(std::string_view filename) {
  return std::ranges::any_of(zip_endings,
                             [&](std::string_view ending) { return filename.ends_with(ending); });
}

std::optional<Compression> tar_compression(std::string_view filename) {
  for (const auto& [text, compression] : tar_endings) {
    if (filename.ends_with(text)) return compression;
  }
  return std::nullopt;
}

using Kind = ListedMember::Kind;
using Members = std::map<std::string, ListedMember, std::less<>>;

class Listing {
 public:
  explicit Listing(const InspectLimits& limits, const Fault& fault) : limits_(limits), fault_(fault) {}

  /// Of a link the content is where it points to. `mode`: none where the archive does not say.
  void add(std::string_view path, Kind kind, std::optional<std::uint32_t> mode,
           const std::function<void(const MemberSink&)>& content) {
    while (path.starts_with("./")) path.remove_prefix(2);
    ListedMember member;
    member.path = path;
    member.kind = kind;
    if (kind == Kind::file) member.mode = mode;
    Digest digest(DigestAlgorithm::sha256);
    // A link is never the same as a file.
    if (kind != Kind::file) digest.update(std::string(to_string(kind)) + "\n");
    content([&](std::string_view bytes) {
      member.size += bytes.size();
      digest.update(bytes);
      if (kind != Kind::file) member.target += bytes.substr(0, longest_target - member.target.size());
    });
    member.sha256 = to_hex(digest.finish());
    if (names_ += path.size() + member.target.size(); names_ > most_names)
      fault_("the names of its members have more than " + std::to_string(most_names) + " bytes");
    members_.insert_or_assign(member.path, std::move(member));
    if (members_.size() > limits_.member_count)
      fault_("it has more than " + std::to_string(limits_.member_count) + " members");
  }

  std::vector<ListedMember> take() {
    std::vector<ListedMember> all;
    all.reserve(members_.size());
    for (auto& [path, member] : members_) all.push_back(std::move(member));
    return all;
  }

 private:
  static constexpr std::uint64_t most_names = 64u << 20;
  static constexpr std::size_t longest_target = 4096;

  const InspectLimits& limits_;
  const Fault& fault_;
  Members members_;
  std::uint64_t names_ = 0;
};

void list_zip(const ArchiveFile& file, const InspectLimits& limits, Listing& listing) {
  ZipArchive archive(file, limits);
  BlockReader reader(file);
  for (std::size_t i = 0; i < archive.entries().size(); ++i) {
    const ZipEntry& entry = archive.entries()[i];
    const auto unpack = [&](const MemberSink& sink) { archive.unpack(i, reader, sink); };
    if (entry.is_directory()) {
      unpack([](std::string_view) {});
    } else {
      listing.add(entry.name, entry.is_symlink() ? Kind::symbolic_link : Kind::file, entry.mode(), unpack);
    }
  }
}

void list_tar(const ArchiveFile& file, Compression compression, const InspectLimits& limits,
              Listing& listing) {
  UnpackBudget packed_budget(limits, file.size(), file.fault());
  // Holes of sparse members come out of nothing, and are counted on their own.
  UnpackBudget member_budget(limits, file.size(), file.fault());
  BlockReader reader(file);
  const auto decompressor = Decompressor::open(compression, reader, packed_budget);
  stream_tar(*decompressor, file.fault(), [&](const ArchiveMember& member, const auto& stream) {
    const auto as_content = [&](const MemberSink& sink) {
      if (!member.target.empty()) sink(member.target);
    };
    switch (member.kind) {
      case ArchiveMember::Kind::folder:
        return;
      case ArchiveMember::Kind::file:
        return listing.add(member.path, Kind::file, member.mode, [&](const MemberSink& sink) {
          stream([&](std::string_view bytes) {
            member_budget.add(bytes.size());
            sink(bytes);
          });
        });
      case ArchiveMember::Kind::symbolic_link:
        return listing.add(member.path, Kind::symbolic_link, std::nullopt, as_content);
      case ArchiveMember::Kind::hard_link:
        return listing.add(member.path, Kind::hard_link, std::nullopt, as_content);
      case ArchiveMember::Kind::device:
        return listing.add(member.path, Kind::device, std::nullopt, as_content);
    }
  });
}

}  // namespace

std::string_view to_string(ListedMember::Kind kind) {
  switch (kind) {
    case Kind::file:
      return "file";
    case Kind::symbolic_link:
      return "symbolic link";
    case Kind::hard_link:
      return "hard link";
    case Kind::device:
      break;
  }
  return "device";
}

bool is_listable_archive(std::string_view filename) {
  const std::string name = to_lower(filename);
  return is_zip(name) || tar_compression(name);
}

std::vector<ListedMember> list_archive(const std::filesystem::path& path, const std::string& filename,
                                       const InspectLimits& limits) {
  const std::string name = to_lower(filename);
  const auto compression = tar_compression(name);
  if (!compression && !is_zip(name)) {
    throw Error(ErrorCode::unsupported, "look into", printable(filename),
                "its name is not that of a zip or tar archive", "unpack it by hand");
  }
  const ArchiveFile file(path, Fault{filename});
  Listing listing(limits, file.fault());
  if (compression) {
    list_tar(file, *compression, limits, listing);
  } else {
    list_zip(file, limits, listing);
  }
  return listing.take();
}

}  // namespace wheelyard::package
