#pragma once

#include <nanobind/nanobind.h>

#include "wheelyard/release/pipeline.hpp"

/// What the release layer reports, as tuples in the order of the dataclasses of wheelyard/_release.py.
namespace wheelyard::python {

nanobind::object to_python(const release::Manifest& manifest);
nanobind::object to_python(const release::StepReport& report);
nanobind::object to_python(const release::NameStatus& status);
nanobind::object to_python(const release::Entry& entry);
nanobind::object to_python(const release::DownloadReport& report);
nanobind::object to_python(const release::DiffReport& report);
nanobind::object to_python(const release::PruneReport& report);
nanobind::object to_python(const release::VerifyReport& report);

/// RankRules out of Python's: (rank, may_skip, minimum_time in seconds, note, approvals, [(name, command,
/// timeout in seconds)]).
release::RankRules to_rank_rules(nanobind::handle rules);

}  // namespace wheelyard::python
