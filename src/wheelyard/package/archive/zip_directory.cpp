// The central directory: where it is, what it says, and whether the members it names can stand where it says.
#include <algorithm>
#include <unordered_set>

#include "wheelyard/package/archive/little_endian.hpp"
#include "wheelyard/package/archive/unpack_budget.hpp"
#include "wheelyard/package/archive/zip_archive.hpp"

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

constexpr auto end_mark = "PK\x05\x06"sv;
constexpr auto end64_mark = "PK\x06\x06"sv;
constexpr auto locator64_mark = "PK\x06\x07"sv;
constexpr auto entry_mark = "PK\x01\x02"sv;
constexpr std::size_t end_size = 22;
constexpr std::size_t end64_size = 56;
constexpr std::size_t locator64_size = 20;
constexpr std::size_t entry_size = 46;
constexpr std::uint16_t full16 = 0xffff;
constexpr std::uint32_t full32 = 0xffffffff;

constexpr std::uint16_t zip64_extra = 0x0001;
constexpr std::uint16_t unicode_path_extra = 0x7075;

}  // namespace

void ZipArchive::find_directory() {
  if (file_.size() == 0) fault_("the file is empty");
  const auto tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(file_.size(), end_size + full16));
  const std::string tail = file_.read_at(file_.size() - tail_size, tail_size);
  const std::size_t at = tail.rfind(end_mark);
  if (at == std::string::npos || tail.size() - at < end_size) {
    const auto start = file_.read_at(0, static_cast<std::size_t>(std::min<std::uint64_t>(file_.size(), 4)));
    fault_(start.starts_with("PK\x03\x04"sv) ? "its end is missing: the file was cut off"
                                             : "it is not a zip archive");
  }
  LittleEndian end(std::string_view(tail).substr(at + end_mark.size()));
  const std::uint16_t disk = end.u16();
  const std::uint16_t directory_disk = end.u16();
  const std::uint16_t entries_here = end.u16();
  const std::uint16_t entries = end.u16();
  const std::uint32_t size = end.u32();
  const std::uint32_t offset = end.u32();
  const std::uint16_t comment = end.u16();
  if (comment != end.left()) {
    fault_(comment > end.left() ? "its end is missing: the file was cut off"
                                : "bytes follow the end of the archive");
  }
  if (disk != 0 || directory_disk != 0 || entries_here != entries)
    fault_("it is one part of an archive in several");
  declared_entries_ = entries;
  directory_size_ = size;
  directory_offset_ = offset;
  std::uint64_t directory_end = file_.size() - tail_size + at;

  if (directory_end >= locator64_size) {
    const std::string record = file_.read_at(directory_end - locator64_size, locator64_size);
    if (record.starts_with(locator64_mark)) {
      LittleEndian locator(std::string_view(record).substr(locator64_mark.size()));
      const std::uint32_t end64_disk = locator.u32();
      const std::uint64_t end64_offset = locator.u64();
      if (end64_disk != 0 || locator.u32() > 1) fault_("it is one part of an archive in several");
      const std::uint64_t locator_offset = directory_end - locator64_size;
      if (locator_offset < end64_size || end64_offset != locator_offset - end64_size) {
        fault_("its zip64 end record is not where it says");
      }
      const std::string record64 = file_.read_at(end64_offset, end64_size);
      if (!record64.starts_with(end64_mark)) fault_("its zip64 end record is not where it says");
      LittleEndian end64(std::string_view(record64).substr(end64_mark.size()));
      const std::uint64_t record_size = end64.u64();
      end64.skip(4);  // versions
      const std::uint32_t disk64 = end64.u32();
      const std::uint32_t directory_disk64 = end64.u32();
      const std::uint64_t entries_here64 = end64.u64();
      const std::uint64_t entries64 = end64.u64();
      const std::uint64_t size64 = end64.u64();
      const std::uint64_t offset64 = end64.u64();
      if (record_size != end64_size - 12 || disk64 != 0 || directory_disk64 != 0 ||
          entries_here64 != entries64) {
        fault_("its zip64 end record is damaged");
      }
      if ((entries != full16 && entries != entries64) || (size != full32 && size != size64) ||
          (offset != full32 && offset != offset64)) {
        fault_("its two end records disagree");
      }
      declared_entries_ = entries64;
      directory_size_ = size64;
      directory_offset_ = offset64;
      directory_end = end64_offset;
    }
  }
  if (directory_size_ > directory_end || directory_offset_ > directory_end - directory_size_) {
    fault_("its central directory is not where it says");
  }
  if (const std::uint64_t before = directory_end - directory_size_ - directory_offset_; before != 0) {
    fault_(std::to_string(before) +
           " bytes too many stand before its central directory: the archive is damaged, or "
           "something was put in front of it");
  }
}

void ZipArchive::read_directory(const InspectLimits& limits) {
  constexpr std::uint64_t most = 128u << 20;
  if (declared_entries_ > limits.member_count) {
    fault_("it has " + std::to_string(declared_entries_) + " members, more than " +
           std::to_string(limits.member_count));
  }
  if (directory_size_ > most)
    fault_("its central directory is larger than " + std::to_string(most) + " bytes");
  if (declared_entries_ > directory_size_ / entry_size)
    fault_("its central directory is shorter than its members need");
  const std::string bytes = file_.read_at(directory_offset_, static_cast<std::size_t>(directory_size_));
  LittleEndian rest(bytes);
  entries_.reserve(static_cast<std::size_t>(declared_entries_));
  while (rest.left() > 0) {
    if (rest.left() < entry_size || rest.text(entry_mark.size()) != entry_mark)
      fault_("its central directory is damaged");
    ZipEntry entry;
    entry.unix = rest.u16() >> 8 == 3;
    rest.skip(2);  // version needed
    entry.flags = rest.u16();
    entry.method = rest.u16();
    rest.skip(4);  // time and date
    entry.crc = rest.u32();
    entry.packed = rest.u32();
    entry.size = rest.u32();
    const std::uint16_t name_size = rest.u16();
    const std::uint16_t extra_size = rest.u16();
    const std::uint16_t comment_size = rest.u16();
    const std::uint16_t disk = rest.u16();
    rest.skip(2);  // internal attributes
    entry.attributes = rest.u32();
    entry.offset = rest.u32();
    if (rest.left() < std::size_t{name_size} + extra_size + comment_size)
      fault_("its central directory is damaged");
    entry.name = rest.text(name_size);
    LittleEndian extra(rest.text(extra_size));
    rest.skip(comment_size);
    if (entry.name.empty()) fault_("a member has no name");
    if (disk != 0) fault_("it is one part of an archive in several");
    while (extra.left() >= 4) {
      const std::uint16_t id = extra.u16();
      const std::uint16_t length = extra.u16();
      if (length > extra.left()) fault_.member(entry.name, "has a damaged extra field");
      LittleEndian field(extra.text(length));
      if (id == zip64_extra) {
        for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset}) {
          if (*value != full32) continue;
          if (field.left() < 8) fault_.member(entry.name, "has a damaged zip64 field");
          *value = field.u64();
        }
      } else if (id == unicode_path_extra && (field.left() < 5 || field.rest().substr(5) != entry.name)) {
        fault_.member(entry.name, "has a second name in an extra field");
      }
    }
    constexpr std::uint16_t encrypted = 1u << 0 | 1u << 6 | 1u << 13;
    if ((entry.flags & encrypted) != 0) fault_.member(entry.name, "is encrypted");
    if (entry.method != 0 && entry.method != 8) {
      fault_.member(entry.name, "is packed by method " + std::to_string(entry.method) +
                                    "; installers read stored and deflated members only");
    }
    if (entry.method == 0 && entry.packed != entry.size)
      fault_.member(entry.name, "is stored with two different sizes");
    if (entry.is_directory() && entry.size != 0) fault_.member(entry.name, "is a folder with content");
    entries_.push_back(std::move(entry));
    if (entries_.size() > declared_entries_) fault_("its central directory has more members than it says");
  }
  if (entries_.size() != declared_entries_) fault_("its central directory has fewer members than it says");
  std::ranges::stable_sort(entries_, {}, &ZipEntry::offset);
}

void ZipArchive::check_layout(const InspectLimits& limits) const {
  if (!entries_.empty() && entries_.back().offset >= directory_offset_) {
    fault_.member(entries_.back().name, "is not where the central directory says");
  }
  std::unordered_set<std::string_view> names;
  names.reserve(entries_.size());
  UnpackBudget budget(limits, file_.size(), fault_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const ZipEntry& entry = entries_[i];
    if (!names.insert(entry.name).second) fault_.member(entry.name, "is there twice");
    if (i == 0 && entry.offset != 0)
      fault_(std::to_string(entry.offset) + " bytes stand before its first member");
    // What stands between is the local header, the data and at most a descriptor: `unpack` checks it to the
    // byte.
    if (next_offset(i) - entry.offset < entry.packed) fault_.member(entry.name, "overlaps the one behind it");
    budget.add(entry.size);
  }
  if (entries_.empty() && directory_offset_ != 0) fault_("it holds bytes but no members");
}

}  // namespace wheelyard::package
