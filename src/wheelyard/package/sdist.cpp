#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>

#include "wheelyard/package/archive/tar_archive.hpp"
#include "wheelyard/package/archive/zip_archive.hpp"
#include "wheelyard/package/inspection.hpp"
#include "wheelyard/package/member_path.hpp"

namespace wheelyard::package {
namespace {

using Content = std::function<std::string(std::uint64_t limit)>;

// What is checked of every member, whatever the archive's format.
class SdistInspection {
 public:
  SdistInspection(const Fault& fault, const InspectLimits& limits) : fault_(fault), limits_(limits) {}

  void visit(const ArchiveMember& member, const Content& content) {
    if (++members_ > limits_.member_count) {
      fault_("it has more than " + std::to_string(limits_.member_count) + " members");
    }
    if (const auto problem = path_problem(member.path)) fault_.member(member.path, *problem);
    const std::string path = clean_path(member.path);
    if (path.empty()) return;  // "./", the folder that it is unpacked into
    check_kind(member, path);
    const auto slash = path.find('/');
    const std::string top = path.substr(0, slash);
    if (slash == std::string::npos && member.kind != ArchiveMember::Kind::folder) {
      // What a Mac's tar leaves beside a folder is no part of the package.
      if (top.starts_with("._")) return;
      fault_.member(member.path, "stands outside of the one top-level folder");
    }
    if (top_.empty()) top_ = top;
    if (top != top_)
      fault_("it has two top-level folders, " + Fault::quoted(top_) + " and " + Fault::quoted(top));
    if (path == top_ + "/PKG-INFO" && member.kind == ArchiveMember::Kind::file) {
      if (metadata_) fault_.member(member.path, "is there twice");
      metadata_ = content(limits_.metadata_bytes);
    }
  }

  const std::string& metadata() const {
    if (members_ == 0) fault_("it holds no members");
    if (!metadata_) {
      fault_("it has no PKG-INFO in its top-level folder",
             "build it with a tool that makes sdists (python -m build --sdist); a plain archive of the "
             "sources is none");
    }
    return *metadata_;
  }

 private:
  void check_kind(const ArchiveMember& member, const std::string& path) {
    // Through a link, a path would lead to where its text does not say.
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (links_.contains(path.substr(0, slash))) fault_.member(member.path, "leads through a symbolic link");
    }
    switch (member.kind) {
      case ArchiveMember::Kind::file:
      case ArchiveMember::Kind::folder:
        links_.erase(path);
        return;
      case ArchiveMember::Kind::device:
        fault_.member(member.path, "is a device, FIFO or socket");
      case ArchiveMember::Kind::symbolic_link:
        if (!link_stays_inside(path, member.target)) {
          fault_.member(member.path,
                        "is a link that leads out of the archive, to " + Fault::quoted(member.target));
        }
        links_.insert(path);
        return;
      case ArchiveMember::Kind::hard_link: {
        const std::string target = clean_path(member.target);
        const bool same_top = target.substr(0, target.find('/')) == path.substr(0, path.find('/'));
        if (path_problem(member.target) || !same_top) {
          fault_.member(member.path,
                        "is a link that leads out of the archive, to " + Fault::quoted(member.target));
        }
        return;
      }
    }
  }

  const Fault& fault_;
  const InspectLimits& limits_;
  std::uint64_t members_ = 0;
  std::string top_;
  std::optional<std::string> metadata_;
  std::unordered_set<std::string> links_;
};

void visit_zip(const ArchiveFile& file, const InspectLimits& limits, BlockReader& reader,
               SdistInspection& inspection) {
  constexpr std::uint64_t longest_target = 4096;
  ZipArchive archive(file, limits);
  for (std::size_t i = 0; i < archive.entries().size(); ++i) {
    const ZipEntry& entry = archive.entries()[i];
    ArchiveMember member{entry.name, ArchiveMember::Kind::file, {}, entry.size};
    if (entry.is_directory()) member.kind = ArchiveMember::Kind::folder;
    if (entry.is_symlink()) {
      member.kind = ArchiveMember::Kind::symbolic_link;
      member.target = archive.read(i, longest_target);
    }
    inspection.visit(member, [&](std::uint64_t limit) { return archive.read(i, limit); });
    archive.unpack(i, reader, [](std::string_view) {});
  }
}

}  // namespace

void inspect_sdist(const ArchiveFile& file, const Filename& filename, const InspectLimits& limits,
                   Distribution& result) {
  Digest whole(DigestAlgorithm::sha256);
  BlockReader reader(file, 0, &whole);
  SdistInspection inspection(file.fault(), limits);
  if (result.filename.ends_with(".zip")) {
    visit_zip(file, limits, reader, inspection);
  } else {
    UnpackBudget budget(limits, file.size(), file.fault());
    const auto compression = result.filename.ends_with(".bz2") ? Compression::bzip2 : Compression::gzip;
    const auto decompressor = Decompressor::open(compression, reader, budget);
    read_tar(*decompressor, file.fault(),
             [&](const ArchiveMember& member, const Content& content) { inspection.visit(member, content); });
  }
  take_metadata(inspection.metadata(), "PKG-INFO", filename, file.fault(), result);
  for (std::string_view rest; !(rest = reader.peek_some(BlockReader::capacity)).empty();)
    reader.consume(rest.size());
  result.sha256 = to_hex(whole.finish());
}

}  // namespace wheelyard::package
