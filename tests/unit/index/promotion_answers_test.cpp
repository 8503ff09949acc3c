#include <functional>
#include <optional>

#include "promotion_fixture.hpp"
#include "support/forwarding_store.hpp"

namespace wheelyard::index {
namespace {

/// A bucket in which the answer to a page that lists a file, or to its announcement, is another than it
/// should be.
class AnsweringStore : public test_support::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  /// Before a write takes effect, and after it: what is thrown instead of an answer.
  using Answer = std::function<std::optional<Error>(const std::string& key, const std::string& text)>;
  Answer before;
  Answer after;

  store::PutResult put(const std::string& key, const SourcePtr& body,
                       const store::PutOptions& options = {}) override {
    std::string text;
    if (body) {
      const auto reader = body->open();
      text = read_all(*reader, 1u << 26, key);
    }
    if (before) {
      if (const auto error = before(key, text)) throw Error(*error);
    }
    auto result = ForwardingStore::put(key, body, options);
    if (after) {
      if (const auto error = after(key, text)) throw Error(*error);
    }
    return result;
  }
};

Error answer(ErrorCode code, int status) {
  return Error(code, {.doing = "write", .target = "it", .reason = "the test says so", .http_status = status});
}

bool lists_lib(const std::string& key, const std::string& text) {
  return key.ends_with("lib/index.json") && text.find("lib-1.0") != std::string::npos;
}

/// acme needs lib; whatever comes of the listing of lib, a promotion that fails leaves neither.
class PromotionAnswers : public ::testing::Test {
 protected:
  PromotionAnswers() {
    publish(source, {folder.wheel("acme-1.2-py3-none-any.whl", {"lib>=1"}),
                     folder.wheel("lib-1.0-py3-none-any.whl")});
  }

  void expect_failure() {
    EXPECT_THROW(promote(source, target, {"acme"}, true), Error);
    EXPECT_EQ(listed(target, "acme"), std::vector<std::string>());
    for (const auto& filename : listed(target, "lib")) EXPECT_EQ(filename.find("lib-1.0"), std::string::npos);
  }

  PromotionFolder folder;
  Repository source{store::make_memory_store(), "s/"};
  std::shared_ptr<store::ObjectStore> inner = store::make_memory_store();
  std::shared_ptr<AnsweringStore> bucket = std::make_shared<AnsweringStore>(inner);
  Repository target{bucket, "p/", {.removal_patience = std::chrono::milliseconds(1)}};
};

/// The status is that of the last answer; what came of the write before it, nobody knows.
TEST_F(PromotionAnswers, AnUnknownEndIsTakenBackWhateverItsStatus) {
  for (const int status : {0, 503, 412, 403}) {
    SCOPED_TRACE(status);
    bool done = false;
    bucket->after = [&](const std::string& key, const std::string& text) -> std::optional<Error> {
      if (done || !lists_lib(key, text)) return std::nullopt;
      done = true;
      return answer(ErrorCode::unavailable, status);
    };
    expect_failure();
    EXPECT_TRUE(done);
  }
}

/// It took effect without an answer, somebody swapped on top of it, and the second attempt met that.
TEST_F(PromotionAnswers, ASwapThatIsToldAsLostIsTakenBackWhereItWasNot) {
  bool lost = false;
  bucket->after = [&](const std::string& key, const std::string& text) -> std::optional<Error> {
    if (lost || !lists_lib(key, text)) return std::nullopt;
    lost = true;
    Repository other(inner, "p/");
    publish(other, {folder.wheel("lib-0.5-py3-none-any.whl")});
    return answer(ErrorCode::precondition_failed, 412);
  };
  bucket->before = [&](const std::string& key, const std::string& text) -> std::optional<Error> {
    if (!key.ends_with("acme/index.json") || text.find("acme-1.2") == std::string::npos) return std::nullopt;
    return answer(ErrorCode::permission_denied, 403);
  };
  expect_failure();
  EXPECT_TRUE(lost);
  EXPECT_EQ(listed(target, "lib").size(), 1u);
}

/// Who loses many swaps announces: others may take that in though its own answer never came.
TEST_F(PromotionAnswers, AnAnnouncementWithoutAnAnswerIsTakenBack) {
  int lost = 0;
  bucket->before = [&](const std::string& key, const std::string& text) -> std::optional<Error> {
    if (lost == 4 || !lists_lib(key, text)) return std::nullopt;
    ++lost;
    return answer(ErrorCode::precondition_failed, 412);
  };
  bool announced = false;
  bucket->after = [&](const std::string& key, const std::string&) -> std::optional<Error> {
    const bool is_announcement = key.find(".wheelyard") != std::string::npos &&
                                 key.find("lib-1.0") != std::string::npos &&
                                 key.find("promotions") == std::string::npos;
    if (announced || !is_announcement) return std::nullopt;
    announced = true;
    Repository other(inner, "p/");
    publish(other, {folder.wheel("lib-0.5-py3-none-any.whl")});
    return answer(ErrorCode::unavailable, 0);
  };
  expect_failure();
  EXPECT_TRUE(announced);
  EXPECT_EQ(listed(target, "lib").size(), 1u);
}

}  // namespace
}  // namespace wheelyard::index
