#include "wheelyard/package/archive/tar_archive.hpp"

#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>

namespace wheelyard::package {
namespace {

struct FreeArchive {
  void operator()(struct archive* reader) const { ::archive_read_free(reader); }
};
using TarReader = std::unique_ptr<struct archive, FreeArchive>;

// What libarchive pulls its bytes from. An exception must not pass through C, so it waits here.
struct Input {
  Decompressor& decompressor;
  std::exception_ptr failure;
};

la_ssize_t next_block(struct archive* reader, void* data, const void** block) {
  auto& input = *static_cast<Input*>(data);
  try {
    const std::string_view bytes = input.decompressor.next();
    *block = bytes.data();
    return static_cast<la_ssize_t>(bytes.size());
  } catch (...) {
    input.failure = std::current_exception();
    ::archive_set_error(reader, EIO, "the input failed");
    return ARCHIVE_FATAL;
  }
}

std::string text_or_empty(const char* text) {
  return text != nullptr ? text : "";
}

// libarchive gives a name in the locale's encoding where it can, else in UTF-8.
std::string path_of(struct archive_entry* entry) {
  const char* path = ::archive_entry_pathname(entry);
  return text_or_empty(path != nullptr ? path : ::archive_entry_pathname_utf8(entry));
}

ArchiveMember describe(struct archive_entry* entry) {
  ArchiveMember member;
  member.path = path_of(entry);
  const la_int64_t size = ::archive_entry_size(entry);
  member.size = size > 0 ? static_cast<std::uint64_t>(size) : 0;
  member.mode = static_cast<std::uint32_t>(::archive_entry_perm(entry)) & 07777;
  const char* hard_link = ::archive_entry_hardlink(entry);
  if (hard_link == nullptr) hard_link = ::archive_entry_hardlink_utf8(entry);
  if (hard_link != nullptr) {
    member.kind = ArchiveMember::Kind::hard_link;
    member.target = hard_link;
    return member;
  }
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
      member.kind = ArchiveMember::Kind::file;
      break;
    case AE_IFDIR:
      member.kind = ArchiveMember::Kind::folder;
      break;
    case AE_IFLNK: {
      member.kind = ArchiveMember::Kind::symbolic_link;
      const char* target = ::archive_entry_symlink(entry);
      member.target = text_or_empty(target != nullptr ? target : ::archive_entry_symlink_utf8(entry));
      break;
    }
    default:
      member.kind = ArchiveMember::Kind::device;
  }
  return member;
}

}  // namespace

void stream_tar(
    Decompressor& decompressor, const Fault& fault,
    const std::function<void(const ArchiveMember&, const std::function<void(const MemberSink&)>&)>& visit) {
  const TarReader reader(::archive_read_new());
  Input input{decompressor, nullptr};
  const auto fail = [&](std::string_view what) {
    if (input.failure) std::rethrow_exception(input.failure);
    fault("its tar archive is damaged: " + std::string(what) + " (" +
          text_or_empty(::archive_error_string(reader.get())) + ")");
  };
  if (!reader || ::archive_read_support_format_tar(reader.get()) != ARCHIVE_OK ||
      ::archive_read_open(reader.get(), &input, nullptr, next_block, nullptr) != ARCHIVE_OK) {
    fail("it cannot be opened");
  }
  std::string last;
  while (true) {
    struct archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    // A warning is about a name that the locale cannot show, an odd time or the like: the member is whole.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      fail(last.empty() ? "it has no first member" : "behind the member " + Fault::quoted(last));
    }
    const ArchiveMember member = describe(entry);
    visit(member, [&](const MemberSink& sink) {
      std::array<char, 16384> buffer{};
      while (true) {
        const la_ssize_t got = ::archive_read_data(reader.get(), buffer.data(), buffer.size());
        if (got < 0) fail("in the member " + Fault::quoted(member.path));
        if (got == 0) return;
        sink({buffer.data(), static_cast<std::size_t>(got)});
      }
    });
    last = member.path;
  }
  // Beyond the end mark there is padding only, but its checksum tells whether the whole of it came through.
  while (!decompressor.next().empty()) continue;
}

void read_tar(Decompressor& decompressor, const Fault& fault,
              const std::function<void(const ArchiveMember&,
                                       const std::function<std::string(std::uint64_t)>&)>& visit) {
  stream_tar(decompressor, fault, [&](const ArchiveMember& member, const auto& stream) {
    visit(member, [&](std::uint64_t limit) {
      std::string content;
      stream([&](std::string_view bytes) {
        content.append(bytes);
        if (content.size() > limit)
          fault.member(member.path, "is larger than " + std::to_string(limit) + " bytes");
      });
      return content;
    });
  });
}

}  // namespace wheelyard::package
