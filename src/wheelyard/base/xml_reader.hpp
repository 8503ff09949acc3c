#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace wheelyard {

/// Reads XML element by element, without a tree: for answers with thousands of entries. Takes what
/// `parse_xml` takes and refuses what it refuses, the moment that it comes to it; namespaces are dropped from
/// names.
class XmlReader {
 public:
  enum class Event {
    open,   ///< an element begins: `name`
    close,  ///< it ends: `name`, and `text`
    end,    ///< the document was read to its end, and is well-formed
  };

  /// The text has to outlive the reader. `what` is for messages.
  XmlReader(std::string_view text, std::string_view what);

  /// Throws `corrupted` on malformed input, on a DOCTYPE, on nesting deeper than 64, and above 16 MiB.
  Event next();
  std::string_view name() const { return name_; }
  /// Of the element that has just ended: its character data (after its last child, if it has any), entities
  /// resolved. Good until the next call.
  std::string_view text() const { return text_; }
  std::size_t depth() const {
    return depth_;
  }  ///< elements that are open; the one that has just begun counts

 private:
  [[noreturn]] void refuse(const std::string& reason) const;
  bool has(std::string_view prefix) const { return left().starts_with(prefix); }
  std::string_view left() const { return document_.substr(at_); }
  void skip_past(std::string_view mark);
  void take_text(std::string_view raw, bool literal);
  void append_unescaped(std::string_view raw);
  std::string_view take_name();
  Event open_element();
  Event close_element();

  static constexpr std::size_t most_depth = 64;

  std::string_view document_;
  std::string what_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool seen_root_ = false;
  bool closes_itself_ = false;                     ///< the element that has just begun has no content
  std::array<std::string_view, most_depth> open_;  ///< names as they stand, with their prefixes
  std::string_view name_;
  std::string_view text_;
  std::string unescaped_;  ///< what `text_` points into where it is not the document itself
};

}  // namespace wheelyard
