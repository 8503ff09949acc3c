#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/version.hpp"

namespace wheelyard::package {

enum class DistributionKind { wheel, sdist };

/// What a distribution's file name says.
struct Filename {
  DistributionKind kind = DistributionKind::wheel;
  std::string name;             ///< as it stands in the file name
  std::string normalized_name;  ///< PEP 503
  Version version;
  std::string build;                 ///< a wheel's build tag; may be empty
  std::vector<std::string> pythons;  ///< a wheel's tags, each set split at "."
  std::vector<std::string> abis;
  std::vector<std::string> platforms;
};

struct FilenameResult {
  std::optional<Filename> filename;
  std::string problem;  ///< why not, in words, where there is none
};

/// Wheels by the binary distribution format (PEP 427) as `packaging.utils.parse_wheel_filename` reads them;
/// sdists
/// `.tar.gz` and `.zip` (PEP 625) and the legacy `.tar.bz2`, `.tgz`, whose name may hold hyphens: the split
/// is the last hyphen whose rest is a version. A name with "/", control or non-ASCII characters is a problem,
/// never a crash.
FilenameResult parse_filename(std::string_view filename);

/// For legacy sdist names the right split depends on the project: reads `filename` as a file of the project
/// `normalized_project` (as pip does); none when it is not one.
std::optional<Filename> parse_filename_of(std::string_view filename, std::string_view normalized_project);

/// ".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz": whether a folder scan should look at it at all.
bool looks_like_distribution(std::string_view filename);

}  // namespace wheelyard::package
