#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::index {

/// Appends `text` as a JSON string with its quotes. Where it is no UTF-8, each of its non-ASCII bytes becomes
/// U+FFFD, so that the result is always valid.
void append_json_string(std::string& out, std::string_view text);

class JsonDocument;

/// A value within a JsonDocument, as cheap as a pointer; valid as long as the document stays where it is.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { null, boolean, unsigned_integer, number, string, array, object };

  Kind kind() const;
  bool is(Kind wanted) const { return kind() == wanted; }
  bool boolean() const;                    ///< of a boolean
  std::uint64_t unsigned_integer() const;  ///< of an unsigned_integer
  std::string_view text() const;           ///< of a string: decoded; of a number: as it was written

  /// Of an array or object: `for (at = v.first(); at != v.end(); at = at.next())`. In an object, keys and
  /// values take turns.
  JsonValue first() const { return {document_, index_ + 1}; }
  JsonValue end() const;
  JsonValue next() const;
  bool operator==(const JsonValue& other) const { return index_ == other.index_; }

  /// Appends the value, written compactly; numbers as they came.
  void append_to(std::string& out) const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, std::size_t index) : document_(document), index_(index) {}

  const JsonDocument* document_;
  std::size_t index_;
};

/// A parsed JSON text (RFC 8259), flat in memory: two allocations however many values.
class JsonDocument {
 public:
  static constexpr std::size_t max_depth = 64;

  /// Throws `corrupted`, naming `what` and the byte, on anything but one JSON value in UTF-8 nested
  /// `max_depth` deep at most, on numbers beyond a double, and on more
  /// than 4 GiB.
  static JsonDocument parse(std::string_view text, std::string_view what);

  JsonValue root() const { return {this, 0}; }

 private:
  friend class JsonValue;
  friend class JsonDocumentBuilder;
  struct Token {
    std::uint64_t value;   ///< a boolean, an integer; of an array or object the index behind its last token;
                           ///< of a string or number where its text begins in `strings_`
    std::uint32_t length;  ///< of the text
    JsonValue::Kind kind;
  };
  std::vector<Token> tokens_;
  std::string strings_;
};

}  // namespace wheelyard::index
