#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/index/model.hpp"

namespace wheelyard::index {

/// HTML 1.4 of the simple API (PEP 503, 592, 629, 658/714), with `<meta name="wheelyard:serial">`.
std::string to_html(const ProjectPage& page);
std::string to_html(const RootPage& page);

/// Reads any index page as browsers and pip do: s3pypi's, dumb-pypi's, ours, with unquoted attributes,
/// entities and comments. Links whose last path part is no file name are left out. Throws `corrupted` on what
/// is no HTML.
ProjectPage project_from_html(std::string_view text, std::string_view project, std::string_view what);

/// The serial that a page of ours was made from; none for somebody else's.
std::optional<std::uint64_t> html_serial(std::string_view text);

}  // namespace wheelyard::index
