#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/index/model.hpp"

namespace wheelyard::index {

/// HTML 1.4 of the simple API (PEP 503, 592, 629, 658/714, 792), with `<meta name="wheelyard:serial">`.
std::string to_html(const ProjectPage& page);
std::string to_html(const RootPage& page);

/// Reads any index page as browsers and pip do: s3pypi's, dumb-pypi's, an autoindex, ours; with unquoted
/// attributes, entities, comments and a base. URLs come out percent-encoded, "+" of a path as %2B. Links to
/// folders, to http-less schemes, and to what neither is called like a distribution nor has a digest are left
/// out; of two links to one file name the first counts. HTML without any such link is an empty page. Throws
/// `corrupted`, naming `what`, on what is no HTML (JSON, an XML error, nothing at all) or ends within a tag,
/// and on a page of ours that is not whole; `unsupported` on a page of another major version (PEP 629).
ProjectPage project_from_html(std::string_view text, std::string_view project, std::string_view what);

/// The serial that a page of ours was made from; none for somebody else's.
std::optional<std::uint64_t> html_serial(std::string_view text);

}  // namespace wheelyard::index
