#include "wheelyard/release/checked_source.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::release {

namespace {

Error changed(const std::string& what) {
  return Error(ErrorCode::corrupted, "push", what, "it changed while it was pushed",
               "push it again when nobody writes to it any more");
}

class CheckedReader : public Reader {
 public:
  CheckedReader(std::unique_ptr<Reader> inner, std::uint64_t size, const std::string& sha256,
                const std::string& what)
      : inner_(std::move(inner)), left_(size), sha256_(sha256), what_(what) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const auto got = inner_->read(buffer, capacity);
    digest_.update({buffer, got});
    left_ -= std::min<std::uint64_t>(got, left_);
    if (left_ == 0 && !checked_) {
      checked_ = true;
      if (to_hex(digest_.finish()) != sha256_) throw changed(what_);
    }
    return got;
  }

 private:
  std::unique_ptr<Reader> inner_;
  std::uint64_t left_;
  std::string sha256_;
  std::string what_;
  Digest digest_{DigestAlgorithm::sha256};
  bool checked_ = false;
};

class CheckedSource : public Source {
 public:
  CheckedSource(SourcePtr inner, std::string sha256, std::string what)
      : inner_(std::move(inner)), sha256_(std::move(sha256)), what_(std::move(what)) {}

  std::uint64_t size() const override { return inner_->size(); }
  std::unique_ptr<Reader> open() const override {
    return std::make_unique<CheckedReader>(inner_->open(), inner_->size(), sha256_, what_);
  }

 private:
  SourcePtr inner_;
  std::string sha256_;
  std::string what_;
};

}  // namespace

SourcePtr checked_source(SourcePtr source, std::string sha256, std::string what) {
  return std::make_shared<CheckedSource>(std::move(source), std::move(sha256), std::move(what));
}

}  // namespace wheelyard::release
