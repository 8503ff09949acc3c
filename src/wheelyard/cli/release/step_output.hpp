#pragma once

#include <string>

#include "wheelyard/cli/output.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::cli {

/// "1b2c3d4e5f60": as much of a digest as a person compares.
std::string short_digest(const std::string& digest);
/// "2026-11-21T09:18:25Z (3 hours ago)".
std::string time_and_age(TimePoint time, TimePoint now);

/// What a push, promotion, rollback or approval came to: a line and the gates that were passed, or the JSON
/// document.
void print_step(Output& output, const release::StepReport& report, const std::string& store);

}  // namespace wheelyard::cli
