#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/atomic_file.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() : folder_(fs::temp_directory_path() / ("wheelyard-test-" + to_hex(random_bytes(6)))) {
    fs::create_directory(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }

  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
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

TEST_F(Files, AreWrittenWholeWithTheirMode) {
  const auto path = folder_ / "state";
  write_file_atomically(path, "one", 0600);
  write_file_atomically(path, "two", 0600);
  EXPECT_EQ(read_file(path), "two");
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, AFailedWriteLeavesNothing) {
  fs::create_directories(folder_ / "taken" / "x");
  EXPECT_EQ(code_of([&] { write_file_atomically(folder_ / "taken", "bytes"); }), ErrorCode::unavailable);
  EXPECT_EQ(code_of([&] { write_file_atomically(folder_ / "none" / "x", "bytes"); }), ErrorCode::unavailable);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, ReadingNamesWhatIsWrong) {
  EXPECT_EQ(code_of([&] { read_file(folder_ / "none"); }), ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { read_file(folder_); }), ErrorCode::invalid_argument);
  write_file_atomically(folder_ / "big", std::string(100'000, 'x'));
  EXPECT_EQ(code_of([&] { read_file(folder_ / "big", 99'999); }), ErrorCode::corrupted);
  EXPECT_EQ(read_file(folder_ / "big", 100'000).size(), 100'000u);
}

TEST_F(Files, ASourceCanBeReadAgain) {
  write_file_atomically(folder_ / "f", "0123456789");
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
    write_file_atomically(folder_ / "f", "0123456789");
    const SourcePtr source = file_source(folder_ / "f");
    std::ofstream(folder_ / "f") << other;
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
  EXPECT_EQ(read_all(*bytes_reader(""), 0, "nothing"), "");
  EXPECT_NE(bytes_source("")->in_memory().data(), nullptr);
}

}  // namespace
}  // namespace wheelyard
