#include "wheelyard/store/s3/s3_verify.hpp"

#include <algorithm>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::store::s3 {
namespace {

/// The digest of what has come so far.
class Verification {
 public:
  Verification(ObjectChecksum expected, const std::vector<Part>& parts, std::string target)
      : expected_(std::move(expected)), whole_(expected_.algorithm), target_(std::move(target)) {
    if (expected_.parts == 0) return;
    for (const Part& part : parts) sizes_.push_back(part.size);
    part_.emplace(expected_.algorithm);
  }

  void update(std::string_view bytes) {
    if (!part_) return whole_.update(bytes);
    while (!bytes.empty()) {
      const std::uint64_t left = next_ < sizes_.size() ? sizes_[next_] - in_part_ : bytes.size();
      const std::size_t count = std::min<std::uint64_t>(left, bytes.size());
      part_->update(bytes.substr(0, count));
      in_part_ += count;
      bytes.remove_prefix(count);
      if (count == left) end_part();
    }
  }

  /// Throws unless all fits.
  void finish() {
    if (finished_) return;
    finished_ = true;
    if (part_ && next_ < sizes_.size()) end_part();
    if (whole_.finish() == expected_.value) return;
    const bool etag = expected_.algorithm == ChecksumAlgorithm::md5;
    throw Error(ErrorCode::corrupted, "read", target_,
                etag ? "its bytes do not fit its ETag, which is an MD5"
                     : "its bytes do not fit the " + std::string(to_string(expected_.algorithm)) +
                           " checksum that the server keeps of it",
                etag ? "read it again; where the server's ETags are something else, set "
                       "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required"
                     : "read it again; if it stays, the object is damaged: write it anew");
  }

 private:
  void end_part() {
    whole_.update(part_->finish());
    part_.emplace(expected_.algorithm);
    in_part_ = 0;
    ++next_;
  }

  const ObjectChecksum expected_;
  Checksum whole_;
  std::vector<std::uint64_t> sizes_;
  std::optional<Checksum> part_;
  std::size_t next_ = 0;
  std::uint64_t in_part_ = 0;
  bool finished_ = false;
  std::string target_;
};

class VerifiedReader : public Reader {
 public:
  VerifiedReader(std::unique_ptr<Reader> body, Verification verification)
      : body_(std::move(body)), verification_(std::move(verification)) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = body_->read(buffer, capacity);
    if (count == 0) verification_.finish();
    verification_.update({buffer, count});
    return count;
  }

  std::uint64_t copy_to(ByteSink& sink) override {
    Tee tee(verification_, sink);
    const std::uint64_t count = body_->copy_to(tee);
    verification_.finish();
    return count;
  }

 private:
  /// Digests while the bytes are in the processor's cache.
  class Tee : public ByteSink {
   public:
    Tee(Verification& verification, ByteSink& sink) : verification_(verification), sink_(sink) {}
    void write(std::string_view bytes) override {
      verification_.update(bytes);
      sink_.write(bytes);
    }

   private:
    Verification& verification_;
    ByteSink& sink_;
  };

  std::unique_ptr<Reader> body_;
  Verification verification_;
};

}  // namespace

std::unique_ptr<Reader> verified(std::unique_ptr<Reader> body, const ObjectChecksum& expected,
                                 const std::vector<Part>& parts, const std::string& target) {
  return std::make_unique<VerifiedReader>(std::move(body), Verification(expected, parts, target));
}

}  // namespace wheelyard::store::s3
