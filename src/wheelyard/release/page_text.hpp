#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wheelyard/base/clock.hpp"

namespace wheelyard::release {

/// Pieces of HTML. All take text as it comes from a bucket and give markup that is safe between tags and in
/// quoted attributes: nothing but the text's own characters is shown, control and direction characters as
/// \xNN.
std::string html_text(std::string_view text);
/// The same, set apart so that its writing direction does not turn what stands around it.
std::string html_name(std::string_view text);
/// Lines stay lines.
std::string html_lines(std::string_view text);
/// "20 Nov 2026, 14:03", as <time>. UTC.
std::string html_time(TimePoint time);
/// A link, where the text is a plain http or https URL without user info; else nothing: it may hold a secret.
std::string html_link(std::string_view url, std::string_view label);
/// "3f9c1a20b7d4", all of it in the title.
std::string html_digest(std::string_view digest);

/// "512 B", "12.3 MiB", with a space that does not break.
std::string size_text(std::uint64_t bytes);
/// "1 file", "3 files".
std::string count_text(std::uint64_t number, std::string_view noun);

}  // namespace wheelyard::release
