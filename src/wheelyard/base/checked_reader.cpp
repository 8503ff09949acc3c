#include "wheelyard/base/checked_reader.hpp"

#include <utility>

#include "wheelyard/base/digest.hpp"

namespace wheelyard {
namespace {

class CheckedReader : public Reader {
 public:
  CheckedReader(std::unique_ptr<Reader> inner, std::uint64_t size, std::string sha256,
                UnexpectedBytes unexpected)
      : inner_(std::move(inner)),
        size_(size),
        sha256_(std::move(sha256)),
        unexpected_(std::move(unexpected)) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const auto count = inner_->read(buffer, capacity);
    done_ += count;
    if (done_ > size_ || (count == 0 && done_ < size_)) throw unexpected_(done_, {});
    if (checked_) return 0;
    digest_.update({buffer, count});
    if (done_ == size_) {
      checked_ = true;
      if (const auto sha256 = to_hex(digest_.finish()); sha256 != sha256_) throw unexpected_(done_, sha256);
    }
    return count;
  }

 private:
  const std::unique_ptr<Reader> inner_;
  const std::uint64_t size_;
  const std::string sha256_;
  const UnexpectedBytes unexpected_;
  Digest digest_{DigestAlgorithm::sha256};
  std::uint64_t done_ = 0;
  bool checked_ = false;
};

}  // namespace

std::unique_ptr<Reader> checked_reader(std::unique_ptr<Reader> reader, std::uint64_t size, std::string sha256,
                                       UnexpectedBytes unexpected) {
  return std::make_unique<CheckedReader>(std::move(reader), size, std::move(sha256), std::move(unexpected));
}

}  // namespace wheelyard
