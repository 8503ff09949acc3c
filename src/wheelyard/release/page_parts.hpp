#pragma once

#include <string>
#include <string_view>

#include "wheelyard/release/page.hpp"

namespace wheelyard::release {

/// The parts that a page is put together from, each in a file of its own.

/// The style sheet. Nothing in it is computed: its digest stands in the page's Content-Security-Policy.
std::string_view page_style();

/// One rank of a pipeline, as a list item. `before`: the rank ahead of it, null for the first.
std::string render_rank(const RankStatus& rank, const RankStatus* before);

/// The history, folded away; "" where nothing has happened.
std::string render_history(const PagePipeline& pipeline);

}  // namespace wheelyard::release
