#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/index/model.hpp"
#include "wheelyard/index/page_store.hpp"

namespace wheelyard::index {

/// What a repository holds that something else began (s3pypi, ilabs.s3util, dumb-pypi, a folder of wheels),
/// found by listing: for when there is no root index of ours. Names every project, and for each where its
/// files lie, as keys relative to the repository: "Acme-Lib/" (a folder) or "acme-1.0-py3-none-any.whl"
/// (loose in the root).
RootPage take_census(const PageStore& pages);

/// The page of a project that has no JSON page yet, put together from what `sources` (RootPage::legacy) name:
/// the links of their HTML pages and the files in their folders. Keeps every link. Links found in a listing
/// have no digest: `verify --repair` adds it. Throws where a page is there and cannot be read.
ProjectPage take_over_project(const PageStore& pages, const std::string& name,
                              const std::vector<std::string>& sources);

/// The same by looking only into the project's own folder: for `verify --repair` of a page that cannot be
/// read.
ProjectPage rebuild_project(const PageStore& pages, const std::string& name);

}  // namespace wheelyard::index
