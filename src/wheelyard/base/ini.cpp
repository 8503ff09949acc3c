#include "wheelyard/base/ini.hpp"

#include <algorithm>
#include <optional>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::string_view path) : text_(text), path_(path) {}

  IniDocument run() {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    while (!text_.empty()) {
      ++line_;
      const auto end = text_.find_first_of("\r\n");
      line(text_.substr(0, end));
      if (end == std::string_view::npos) break;
      text_.remove_prefix(end + (text_.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    for (auto& section : document_.sections) finish(section);
    finish(document_.defaults);
    return std::move(document_);
  }

 private:
  void line(std::string_view raw) {
    const auto content = trim(raw);
    if (content.starts_with('#') || content.starts_with(';')) return;
    if (content.empty()) {
      if (open_entry_) entry().value += '\n';
      return;
    }
    const auto indent = static_cast<std::size_t>(content.data() - raw.data());
    if (open_entry_ && indent > indent_) {
      entry().value.append("\n").append(content);
      return;
    }
    indent_ = indent;
    if (content.size() > 2 && content.starts_with('[') && content.rfind(']') > 1 &&
        content.rfind(']') != std::string_view::npos) {
      begin_section(content.substr(1, content.rfind(']') - 1));
    } else if (!current_) {
      fail("the line stands before the first [section]");
    } else {
      begin_entry(content);
    }
  }

  void begin_section(std::string_view name) {
    open_entry_ = false;
    current_ = document_.sections.size();
    if (name == "DEFAULT") {
      current_ = in_defaults;
      return;
    }
    if (document_.section(name) != nullptr) fail("section [" + std::string(name) + "] is there twice");
    document_.sections.push_back({std::string(name), line_, {}});
  }

  void begin_entry(std::string_view content) {
    const auto mark = content.find_first_of("=:");
    if (mark == std::string_view::npos) fail("the line is neither [section] nor key = value");
    const auto key = to_lower(trim(content.substr(0, mark)));
    if (key.empty()) fail("the line has no key before its \"" + std::string(1, content[mark]) + "\"");
    if (section().find(key) != nullptr) fail("key \"" + key + "\" is there twice in one section");
    section().entries.push_back({key, std::string(trim(content.substr(mark + 1))), line_});
    open_entry_ = true;
  }

  static void finish(IniDocument::Section& section) {
    for (auto& entry : section.entries) {
      while (!entry.value.empty() && is_space(entry.value.back())) entry.value.pop_back();
    }
  }

  IniDocument::Section& section() {
    return *current_ == in_defaults ? document_.defaults : document_.sections[*current_];
  }
  IniDocument::Entry& entry() { return section().entries.back(); }

  [[noreturn]] void fail(std::string reason) const {
    throw Error(ErrorCode::invalid_argument, "read", std::string(path_) + ", line " + std::to_string(line_),
                std::move(reason), "correct the line");
  }

  static constexpr std::size_t in_defaults = static_cast<std::size_t>(-1);

  std::string_view text_;
  std::string_view path_;
  IniDocument document_{{}, {"DEFAULT", 0, {}}};
  std::size_t line_ = 0;
  std::size_t indent_ = 0;
  std::optional<std::size_t> current_;
  bool open_entry_ = false;
};

}  // namespace

const std::string* IniDocument::Section::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

const IniDocument::Section* IniDocument::section(std::string_view name) const {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? nullptr : &*found;
}

const std::string* IniDocument::find(std::string_view section_name, std::string_view key) const {
  const Section* found = section_name == "DEFAULT" ? &defaults : section(section_name);
  if (found == nullptr) return nullptr;
  const std::string* value = found->find(key);
  return value != nullptr ? value : defaults.find(key);
}

IniDocument IniDocument::parse(std::string_view text, std::string_view path) {
  return Parser(text, path).run();
}

std::vector<std::pair<std::string, std::string>> parse_nested_ini_value(std::string_view value) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto line : split(value, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    pairs.emplace_back(trim(line.substr(0, equals)), trim(line.substr(equals + 1)));
  }
  return pairs;
}

}  // namespace wheelyard
