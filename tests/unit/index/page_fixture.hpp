#pragma once

#include <random>
#include <string>

#include "support/thrown_error.hpp"
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/index/model.hpp"

namespace wheelyard::index {

inline const std::string digest_a(64, 'a');
inline const std::string digest_b(64, 'b');

using test_support::error_of;

/// Text of any bytes that a given set allows, the same for the same seed.
class RandomText {
 public:
  explicit RandomText(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool coin() { return below(2) == 0; }
  std::string of(std::string_view characters, std::size_t longest) {
    std::string text(below(longest + 1), ' ');
    for (char& c : text) c = characters[below(characters.size())];
    return text;
  }
  std::string hex(std::size_t digits) {
    std::string text(digits, '0');
    for (char& c : text) c = "0123456789abcdef"[below(16)];
    return text;
  }

 private:
  std::mt19937 random_;
};

inline FileEntry entry(std::string filename, std::string url) {
  FileEntry file;
  file.filename = std::move(filename);
  file.url = std::move(url);
  return file;
}

inline void expect_equal(const FileEntry& a, const FileEntry& b) {
  SCOPED_TRACE(a.filename);
  EXPECT_EQ(a.filename, b.filename);
  EXPECT_EQ(a.url, b.url);
  EXPECT_EQ(a.hashes, b.hashes);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.upload_time, b.upload_time);
  EXPECT_EQ(a.requires_python, b.requires_python);
  EXPECT_EQ(a.yanked, b.yanked);
  EXPECT_EQ(a.yanked_reason, b.yanked_reason);
  EXPECT_EQ(a.has_metadata, b.has_metadata);
  EXPECT_EQ(a.metadata_sha256, b.metadata_sha256);
  EXPECT_EQ(a.gpg_sig, b.gpg_sig);
  EXPECT_EQ(a.extra_json, b.extra_json);
}

}  // namespace wheelyard::index
