#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard::index {

/// A tag or doctype of an HTML document. Text is passed over: an index says all it has to say in attributes.
struct HtmlTag {
  enum class Kind { start, end, doctype };
  Kind kind = Kind::start;
  std::string name;                                             ///< lower case
  std::vector<std::pair<std::string, std::string>> attributes;  ///< names in lower case, values decoded

  /// The first of that name, or null.
  const std::string* attribute(std::string_view wanted) const;
};

/// Splits HTML into its tags, as the tokenizer of the HTML standard (section 13.2.5) does: comments, CDATA,
/// processing instructions and the content of script, style, title, textarea, template and the like are
/// passed over. Builds no tree, so its memory is that of one tag, and its time is linear whatever the
/// nesting.
class HtmlTokenizer {
 public:
  explicit HtmlTokenizer(std::string_view text) : text_(text) {}

  /// False at the end. What `tag` holds is overwritten.
  bool next(HtmlTag& tag);
  /// After the end: the text stopped within a tag or comment.
  bool truncated() const { return truncated_; }

 private:
  bool skip_markup();
  bool read_tag(HtmlTag& tag);
  bool read_attribute(HtmlTag& tag);
  void skip_raw_text(std::string_view element);
  bool at_end() const { return at_ >= text_.size(); }
  bool stop_truncated();

  std::string_view text_;
  std::size_t at_ = 0;
  bool truncated_ = false;
};

/// Character references resolved: numeric ones and the named ones of ASCII characters; others stay as they
/// are.
std::string html_decode(std::string_view text);
/// For text and quoted attribute values. A NUL, which HTML cannot hold, becomes U+FFFD.
void append_html_escaped(std::string& out, std::string_view text);

}  // namespace wheelyard::index
