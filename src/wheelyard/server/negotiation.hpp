#pragma once

#include <optional>
#include <string_view>

namespace wheelyard::server {

/// The representations of an index page (PEP 691).
enum class PageFormat { json, v1_html, text_html };

std::string_view content_type_of(PageFormat format);

/// The format that an Accept header asks for by q-values, the more specific range deciding for a type (RFC
/// 9110 section 12.5.1). Between equals: a type that is named wins over a wildcard, then JSON, v1+html,
/// text/html; a bare
/// `*/*` means text/html. An absent header is text/html; none fits: none (406).
std::optional<PageFormat> negotiate_format(std::string_view accept);

/// PEP 691's `?format=`: one content type, or a `latest` alias. None: not one that we have.
std::optional<PageFormat> format_by_name(std::string_view content_type);

/// Whether Accept-Encoding allows gzip, by name or by "*", with a q above that of identity or equal to it.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether an error is better told as JSON: the client names a JSON type.
bool names_json(std::string_view accept);

}  // namespace wheelyard::server
