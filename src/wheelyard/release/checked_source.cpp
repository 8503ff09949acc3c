#include "wheelyard/release/checked_source.hpp"

#include <memory>
#include <utility>

#include "wheelyard/base/checked_reader.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::release {

namespace {

class CheckedSource : public Source {
 public:
  CheckedSource(SourcePtr inner, std::string sha256, std::string what)
      : inner_(std::move(inner)), sha256_(std::move(sha256)), what_(std::move(what)) {}

  std::uint64_t size() const override { return inner_->size(); }
  std::unique_ptr<Reader> open() const override {
    return checked_reader(inner_->open(), inner_->size(), sha256_, [what = what_](auto&&...) {
      return Error(ErrorCode::corrupted, "push", what, "it changed while it was pushed",
                   "push it again when nobody writes to it any more");
    });
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
