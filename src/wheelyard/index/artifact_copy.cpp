#include "wheelyard/index/artifact_copy.hpp"

#include <algorithm>
#include <vector>

#include "wheelyard/base/checked_reader.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/transfer/read_object.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

namespace {

constexpr std::uint64_t streamed_part = 8u << 20;
/// The server copies this much in one request.
constexpr std::uint64_t copied_part = 1ull << 30;
/// Whole attempts to read what has to be read in one go.
constexpr int read_attempts = 3;

Error wrong_bytes(const ArtifactCopy& what, const std::string& reason) {
  return Error(ErrorCode::corrupted, "promote", what.from->describe(what.from_key), reason,
               "look with 'wheelyard verify --deep' in the source; nothing was listed in the target");
}

Error wrong_size(const ArtifactCopy& what, std::uint64_t size) {
  return wrong_bytes(
      what, "it is listed with " + std::to_string(what.size) + " bytes and has " + std::to_string(size));
}

Error wrong_digest(const ArtifactCopy& what, const std::string& digest) {
  return wrong_bytes(what, "it is listed with SHA-256 " + what.sha256 + " and has " + digest);
}

store::PutOptions creating(const ArtifactCopy& what) {
  auto options = what.options;
  options.mode = store::PutMode::create();
  return options;
}

/// An upload that is dropped unless it was completed.
class Unfinished {
 public:
  explicit Unfinished(std::unique_ptr<store::PartedUpload> upload) : upload_(std::move(upload)) {}
  ~Unfinished() {
    if (completed_) return;
    try {
      upload_->abort();
    } catch (const Error&) {
      // It is listed among the unfinished ones; why the copy failed is what counts.
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  store::PartedUpload* operator->() const { return upload_.get(); }
  void complete(const std::vector<store::Part>& parts) {
    upload_->complete(parts);
    completed_ = true;
  }

 private:
  std::unique_ptr<store::PartedUpload> upload_;
  bool completed_ = false;
};

void copy_whole(const ArtifactCopy& what) {
  auto object = store::get_bytes(*what.from, what.from_key, largest_whole_copy);
  if (object.bytes.size() != what.size) throw wrong_size(what, object.bytes.size());
  if (const auto digest = sha256_hex(object.bytes); digest != what.sha256) throw wrong_digest(what, digest);
  what.to->put(what.to_key, bytes_source(std::move(object.bytes)), creating(what));
}

void copy_on_server(const ArtifactCopy& what, const store::PartLimits& limits) {
  const auto info = what.from->head(what.from_key);
  if (info.size != what.size) throw wrong_size(what, info.size);
  auto options = creating(what);
  options.copied_parts = true;
  Unfinished upload(what.to->begin_parts(what.to_key, options));
  store::CopyOptions source{.if_match = info.etag};
  source.source = what.from;
  const auto part_size = std::min(limits.largest, copied_part);
  std::vector<store::Part> parts;
  for (std::uint64_t offset = 0; offset < what.size; offset += part_size) {
    const store::ByteRange range{.offset = offset, .length = std::min(part_size, what.size - offset)};
    parts.push_back(
        upload->copy_part(static_cast<std::uint32_t>(parts.size() + 1), what.from_key, range, source));
  }
  upload.complete(parts);
  const auto arrived = transfer::digest_object(*what.to, what.to_key);
  if (arrived.sha256 != what.sha256) throw wrong_digest(what, arrived.sha256);
}

/// Digests what passes, and sends it in parts.
class PartSink : public ByteSink {
 public:
  PartSink(store::PartedUpload& upload, std::uint64_t part_size) : upload_(upload), part_size_(part_size) {
    buffer_.reserve(part_size);
  }

  void write(std::string_view bytes) override {
    digest_.update(bytes);
    while (!bytes.empty()) {
      const auto taken = bytes.substr(0, part_size_ - buffer_.size());
      buffer_ += taken;
      bytes.remove_prefix(taken.size());
      if (buffer_.size() == part_size_) send();
    }
  }
  std::vector<store::Part> finish() {
    if (!buffer_.empty()) send();
    return std::move(parts_);
  }
  std::string digest() { return to_hex(digest_.finish()); }

 private:
  void send() {
    parts_.push_back(
        upload_.put_part(static_cast<std::uint32_t>(parts_.size() + 1), bytes_source(std::move(buffer_))));
    buffer_ = {};
    buffer_.reserve(part_size_);
  }

  store::PartedUpload& upload_;
  std::uint64_t part_size_;
  std::string buffer_;
  std::vector<store::Part> parts_;
  Digest digest_{DigestAlgorithm::sha256};
};

void copy_in_parts(const ArtifactCopy& what, const store::PartLimits& limits) {
  const auto part_size =
      std::max({streamed_part, limits.smallest, (what.size + limits.most - 1) / limits.most});
  Unfinished upload(what.to->begin_parts(what.to_key, creating(what)));
  PartSink sink(*upload.operator->(), part_size);
  const auto size = transfer::read_object(*what.from, what.from_key, {}, sink).size;
  const auto parts = sink.finish();
  if (size != what.size) throw wrong_size(what, size);
  if (const auto digest = sink.digest(); digest != what.sha256) throw wrong_digest(what, digest);
  upload.complete(parts);
}

/// An object of another store, read anew each time, and checked before its end is given.
class StoredSource : public Source {
 public:
  explicit StoredSource(const ArtifactCopy& what) : what_(what) {}
  std::uint64_t size() const override { return what_.size; }
  std::unique_ptr<Reader> open() const override {
    auto object = what_.from->get(what_.from_key);
    if (object.info.size != what_.size) throw wrong_size(what_, object.info.size);
    return checked_reader(std::move(object.body), what_.size, what_.sha256,
                          [this](std::uint64_t size, const std::string& sha256) {
                            return size == what_.size ? wrong_digest(what_, sha256) : wrong_size(what_, size);
                          });
  }

 private:
  const ArtifactCopy& what_;
};

void copy_as_stream(const ArtifactCopy& what) {
  for (int attempt = 1;; ++attempt) {
    try {
      what.to->put(what.to_key, std::make_shared<StoredSource>(what), creating(what));
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || attempt == read_attempts) throw;
    }
  }
}

}  // namespace

std::string_view to_string(CopyWay way) {
  switch (way) {
    case CopyWay::whole:
      return "whole";
    case CopyWay::server:
      return "server";
    case CopyWay::stream:
      return "stream";
  }
  return "unknown";
}

CopyWay copy_artifact(const ArtifactCopy& what) {
  const auto limits = what.to->part_limits();
  if (what.size <= largest_whole_copy) {
    copy_whole(what);
    return CopyWay::whole;
  }
  if (limits && what.to->copies_from(*what.from)) {
    try {
      copy_on_server(what, *limits);
      return CopyWay::server;
    } catch (const Error& error) {
      // A server that copies no parts, or completes without a condition only.
      if (error.code() != ErrorCode::unsupported) throw;
    }
  }
  limits ? copy_in_parts(what, *limits) : copy_as_stream(what);
  return CopyWay::stream;
}

}  // namespace wheelyard::index
