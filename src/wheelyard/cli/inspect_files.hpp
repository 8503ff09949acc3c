#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/progress.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::cli {

struct InspectedFiles {
  std::vector<package::Distribution> distributions;  ///< in the order of the paths; a file named twice once
  std::vector<Error> errors;  ///< one a file that is not fit, and one a name that two different files bear
};

/// Reads and checks every file, `workers` at once. What is wrong with one does not keep the others from being
/// checked: a person hears of all at once.
InspectedFiles inspect_files(const std::vector<std::filesystem::path>& paths, std::size_t workers,
                             const ProgressSink& progress);

}  // namespace wheelyard::cli
