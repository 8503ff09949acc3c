#include "support/scratch_folder.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {
namespace {

class Files : public testing::Test {
 protected:
  const test_support::ScratchFolder folder_;
};

template <typename Function>
ErrorCode code_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::cancelled;
}

TEST_F(Files, ReadingNamesWhatIsWrong) {
  EXPECT_EQ(code_of([&] { read_file(folder_ / "none"); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { read_file(folder_); }), ErrorCode::invalid_argument);
  folder_.write("big", std::string(100'000, 'x'));
  EXPECT_EQ(code_of([&] { read_file(folder_ / "big", 99'999); }), ErrorCode::corrupted);
  EXPECT_EQ(read_file(folder_ / "big", 100'000).size(), 100'000u);
}

TEST_F(Files, ASourceCanBeReadAgain) {
  folder_.write("f", "0123456789");
  const SourcePtr source = file_source(folder_ / "f");
  EXPECT_EQ(source->size(), 10u);
  EXPECT_EQ(source->in_memory().data(), nullptr);
  for (int i = 0; i < 2; ++i) {
    const auto reader = source->open();
    char buffer[4];
    EXPECT_EQ(reader->read(buffer, sizeof buffer), 4u);
    EXPECT_EQ(read_all(*reader, 100, "f"), "456789");
    EXPECT_EQ(reader->read(buffer, sizeof buffer), 0u);
  }
  EXPECT_EQ(sha256_hex(*source), sha256_hex("0123456789"));
}

TEST_F(Files, AFileThatChangesIsNoticed) {
  for (const char* other : {"0123", "0123456789ABCDEF"}) {
    folder_.write("f", "0123456789");
    const SourcePtr source = file_source(folder_ / "f");
    folder_.write("f", other);
    EXPECT_EQ(code_of([&] { read_all(*source->open(), 100, "f"); }), ErrorCode::corrupted);
  }
  EXPECT_EQ(code_of([&] { file_source(folder_); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { file_source(folder_ / "none"); }), ErrorCode::not_found);
}

TEST(Bytes, AreASourceWithoutCopies) {
  const SourcePtr source = bytes_source("abc");
  EXPECT_EQ(source->in_memory(), "abc");
  EXPECT_EQ(read_all(*source->open(), 3, "abc"), "abc");
  EXPECT_EQ(code_of([&] { read_all(*source->open(), 2, "abc"); }), ErrorCode::corrupted);
  EXPECT_EQ(read_all(*bytes_source("")->open(), 0, "nothing"), "");
  EXPECT_NE(bytes_source("")->in_memory().data(), nullptr);
}

}  // namespace
}  // namespace wheelyard
