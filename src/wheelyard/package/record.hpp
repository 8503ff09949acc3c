#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::package {

/// One row of a wheel's RECORD:
/// https://packaging.python.org/en/latest/specifications/recording-installed-packages/
struct RecordRow {
  std::string path;
  std::string hash;  ///< "sha256=…", as written; may be empty
  std::string size;  ///< as written; may be empty
};

/// Reads RECORD (CSV by RFC 4180, UTF-8) as its bytes come in, a row at a time.
class RecordParser {
 public:
  using Complain = std::function<void(std::string reason)>;

  /// `complain` must throw; it gets reasons that fit behind "RECORD ...".
  RecordParser(std::function<void(const RecordRow&)> row, Complain complain)
      : row_(std::move(row)), complain_(std::move(complain)) {}

  void feed(std::string_view bytes);
  void finish();

 private:
  enum class State { field_start, plain, quoted, quote_in_quoted };
  void end_field();
  void end_row();

  std::function<void(const RecordRow&)> row_;
  Complain complain_;
  State state_ = State::field_start;
  bool after_return_ = false;
  std::size_t fields_ = 0;
  std::string field_;
  RecordRow current_;
};

struct RecordHash {
  DigestAlgorithm algorithm = DigestAlgorithm::sha256;
  std::string digest;  ///< raw bytes
};

/// "sha256=…" as the wheel format allows it: SHA-256 or better, base64url without padding. None for anything
/// else.
std::optional<RecordHash> parse_record_hash(std::string_view text);

}  // namespace wheelyard::package
