#include "wheelyard/transfer/read_object.hpp"

#include <algorithm>

namespace wheelyard::transfer {
namespace {

/// Breaks in a row, without a byte between them, before a read is given up.
constexpr int resume_attempts = 5;

class ResumedSink : public ByteSink {
 public:
  ResumedSink(ByteSink& sink, const std::vector<store::ObjectChecksum>& checksums) : sink_(sink) {
    const auto whole = std::ranges::find(checksums, 0u, &store::ObjectChecksum::parts);
    if (whole == checksums.end()) return;
    expected_ = whole->value;
    checksum_.emplace(whole->algorithm);
  }

  void write(std::string_view bytes) override {
    if (checksum_) checksum_->update(bytes);
    in_sink_ = true;
    sink_.write(bytes);
    in_sink_ = false;
    count_ += bytes.size();
    breaks = 0;
  }

  std::uint64_t count() const { return count_; }
  /// What the caller's sink threw is no break of the connection.
  bool threw() const { return in_sink_; }
  bool is_right() { return !checksum_ || checksum_->finish() == expected_; }

  int breaks = 0;

 private:
  ByteSink& sink_;
  std::string expected_;
  std::optional<Checksum> checksum_;
  std::uint64_t count_ = 0;
  bool in_sink_ = false;
};

}  // namespace

store::ObjectInfo read_object(store::ObjectStore& store, const std::string& key,
                              const store::GetOptions& options, ByteSink& sink) {
  store::GetResult object = store.get(key, options);
  store::ObjectInfo info = std::move(object.info);
  const std::uint64_t begin = object.offset;
  const std::uint64_t length = object.length;
  const bool whole = begin == 0 && length == info.size;
  ResumedSink counting(sink, whole ? info.checksums : std::vector<store::ObjectChecksum>{});
  store::GetOptions rest = options;
  rest.if_match = info.etag;
  bool resumed = false;
  for (;;) {
    try {
      if (!object.body) {
        rest.range =
            store::ByteRange{.offset = begin + counting.count(), .length = length - counting.count()};
        object = store.get(key, rest);
        resumed = true;
      }
      object.body->copy_to(counting);
      break;
    } catch (const Error& error) {
      if (counting.threw() || error.code() != ErrorCode::unavailable || ++counting.breaks == resume_attempts)
        throw;
      object.body.reset();
      if (counting.count() == length) break;
    }
  }
  if (counting.count() != length) {
    throw Error(
        ErrorCode::corrupted, "read", store.describe(key),
        "it ended after " + std::to_string(counting.count()) + " of " + std::to_string(length) + " bytes");
  }
  if (resumed && !counting.is_right()) {
    throw Error(ErrorCode::corrupted, "read", store.describe(key),
                "its bytes do not fit the checksum that the store keeps", "read it again");
  }
  return info;
}

}  // namespace wheelyard::transfer
