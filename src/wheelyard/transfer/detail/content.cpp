#include "wheelyard/transfer/detail/content.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace wheelyard::transfer {
namespace {

constexpr std::size_t piece = 256 * 1024;

class DigestSink : public ByteSink {
 public:
  explicit DigestSink(Context& context) : context_(context) {}
  void write(std::string_view bytes) override {
    digest_.update(bytes);
    context_.reporter.tick();
    context_.engine.check();
  }
  std::string finish() { return digest_.finish(); }

 private:
  Context& context_;
  Digest digest_{DigestAlgorithm::sha256};
};

bool same_kind(const store::ObjectChecksum& left, const store::ObjectChecksum& right) {
  return left.algorithm == right.algorithm && left.parts == right.parts;
}

}  // namespace

std::string checksum_range(Context& context, const OpenFile& file, std::uint64_t offset, std::uint64_t size,
                           ChecksumAlgorithm algorithm) {
  Checksum checksum(algorithm);
  const auto buffer = std::make_unique_for_overwrite<char[]>(piece);
  while (size > 0) {
    const ssize_t count = ::pread(file.file.get(), buffer.get(), std::min<std::uint64_t>(piece, size),
                                  static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error_for("read", file.path, errno);
    if (count == 0) throw changed_while_read(file.path);
    checksum.update({buffer.get(), static_cast<std::size_t>(count)});
    offset += static_cast<std::uint64_t>(count);
    size -= static_cast<std::uint64_t>(count);
    context.reporter.tick();
    context.engine.check();
  }
  return checksum.finish();
}

Content::Content(store::ObjectStore& store, std::string key, const store::VendorHeaders& vendor)
    : store_(&store), key_(std::move(key)), vendor_(vendor) {
  store::ObjectInfo info = store.head(key_, vendor);
  size_ = info.size;
  etag_ = std::move(info.etag);
  checksums_ = std::move(info.checksums);
  // Those of all bytes first: they need no parts.
  std::ranges::stable_sort(checksums_, {}, [](const auto& one) { return one.parts != 0; });
}

Content::Content(OpenFile file)
    : file_(std::make_shared<const OpenFile>(std::move(file))), size_(file_->size()) {}

std::vector<std::uint64_t> Content::part_sizes(std::uint32_t parts) const {
  std::vector<std::uint64_t> sizes;
  std::uint64_t total = 0;
  for (const store::Part& part : store_->parts_of(key_, etag_, vendor_)) {
    sizes.push_back(part.size);
    total += part.size;
  }
  if (sizes.size() != parts || total != size_) sizes.clear();
  return sizes;
}

std::optional<std::string> Content::digest(Context& context, const store::ObjectChecksum& like,
                                           const Content& of) const {
  if (like.parts == 0) return checksum_range(context, *file_, 0, size_, like.algorithm);
  const auto sizes = of.part_sizes(like.parts);
  if (sizes.empty()) return std::nullopt;
  Checksum whole(like.algorithm);
  std::uint64_t offset = 0;
  for (const std::uint64_t size : sizes) {
    whole.update(checksum_range(context, *file_, offset, size, like.algorithm));
    offset += size;
  }
  return whole.finish();
}

std::string Content::read_digest(Context& context) const {
  if (file_) return checksum_range(context, *file_, 0, size_, ChecksumAlgorithm::sha256);
  DigestSink sink(context);
  store_->get(key_, {.if_match = etag_, .vendor = vendor_}).body->copy_to(sink);
  return sink.finish();
}

bool same_content(Context& context, const Content& left, const Content& right) {
  if (left.size() != right.size()) return false;
  if (left.is_file() != right.is_file()) {
    const Content& file = left.is_file() ? left : right;
    const Content& object = left.is_file() ? right : left;
    for (const auto& kept : object.checksums()) {
      if (const auto own = file.digest(context, kept, object)) return *own == kept.value;
    }
  } else {
    for (const auto& one : left.checksums()) {
      for (const auto& other : right.checksums()) {
        // Digests of parts tell of unequal bytes only where the parts are alike, which nobody knows.
        if (!same_kind(one, other)) continue;
        if (one.value == other.value) return true;
        if (one.parts == 0) return false;
      }
    }
  }
  return left.read_digest(context) == right.read_digest(context);
}

}  // namespace wheelyard::transfer
