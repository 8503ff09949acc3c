#pragma once

#include <string>
#include <string_view>

#include "wheelyard/index/model.hpp"

namespace wheelyard::index {

inline constexpr std::string_view json_content_type = "application/vnd.pypi.simple.v1+json";
inline constexpr std::string_view html_content_type = "application/vnd.pypi.simple.v1+html";

/// PEP 691 JSON, API version 1.4 (700, 740 kept if there, 792). `with_state`: with "_wheelyard", as it is
/// stored.
std::string to_json(const ProjectPage& page, bool with_state = true);
std::string to_json(const RootPage& page, bool with_state = true);

/// Throws `corrupted`, naming `what`, on anything that is not such a page: never an empty page instead.
ProjectPage project_from_json(std::string_view text, std::string_view what);
RootPage root_from_json(std::string_view text, std::string_view what);

}  // namespace wheelyard::index
