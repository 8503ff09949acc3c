#include <cerrno>

#include "support/scratch_folder.hpp"
#include "support/thrown_error.hpp"
#include <fcntl.h>
#include <gtest/gtest.h>

#include "wheelyard/base/checked_reader.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {
namespace {

using test_support::code_of;

class Files : public testing::Test {
 protected:
  const test_support::ScratchFolder folder_;
};

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

TEST_F(Files, AreWrittenInAnyPlace) {
  const auto path = folder_ / "f";
  {
    const FileDescriptor file = open_file(path, O_RDWR | O_CREAT, 0600);
    write_all(file.get(), "0123456789", path);
    write_at(file.get(), 3, "abc", path);
    write_at(file.get(), 12, "end", path);
    write_all(file.get(), "x", path);
  }
  EXPECT_EQ(read_file(path), std::string("012abc6789x\0end", 15));
}

TEST_F(Files, WhatCannotBeWrittenIsNeverAbsent) {
  const auto path = folder_ / "f";
  folder_.write("f", "0123");
  const FileDescriptor file = open_file(path, O_RDONLY);
  EXPECT_EQ(code_of([&] { write_at(file.get(), 1, "a", path); }), ErrorCode::unavailable);
  EXPECT_EQ(code_of([&] { write_all(file.get(), "a", path); }), ErrorCode::unavailable);
  EXPECT_EQ(read_file(path), "0123");
  EXPECT_EQ(system_error_for("write", path, ENOENT).code(), ErrorCode::not_found);
  for (const int number : {ENOENT, ENOTDIR}) {
    const Error error = write_error_for(path, number);
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_EQ(error.details().reason, system_error_for("write", path, number).details().reason);
  }
  EXPECT_EQ(write_error_for(path, EACCES).code(), ErrorCode::permission_denied);
}

/// What a reader of pieces of four bytes was given; after a bar, what was thrown.
std::string checked(const std::string& bytes, std::uint64_t size, const std::string& sha256) {
  const auto reader =
      checked_reader(bytes_source(bytes)->open(), size, sha256, [](std::uint64_t found, const auto& digest) {
        return Error(ErrorCode::corrupted, "read", "it", std::to_string(found) + " " + digest);
      });
  std::string given;
  char buffer[4];
  try {
    while (const auto count = reader->read(buffer, sizeof buffer)) given.append(buffer, count);
    EXPECT_EQ(reader->read(buffer, sizeof buffer), 0u);
  } catch (const Error& error) {
    given += "|" + error.details().reason;
  }
  return given;
}

TEST(CheckedReader, GivesTheLastOfTheRightBytesOnly) {
  const std::string right = "0123456789";
  const auto sha256 = sha256_hex(right);
  EXPECT_EQ(checked(right, 10, sha256), right);
  EXPECT_EQ(checked("", 0, sha256_hex("")), "");
  EXPECT_EQ(checked("012345678x", 10, sha256), "01234567|10 " + sha256_hex("012345678x"));
  EXPECT_EQ(checked("", 0, sha256), "|0 " + sha256_hex(""));
  EXPECT_EQ(checked("012345678", 10, sha256), "012345678|9 ");
  EXPECT_EQ(checked(right + "x", 10, sha256), "01234567|11 ");
  EXPECT_EQ(checked("01234567x", 8, sha256_hex("01234567")), "01234567|9 ");
}

}  // namespace
}  // namespace wheelyard
