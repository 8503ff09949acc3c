#include "wheelyard/package/distribution.hpp"

#include <utility>

#include "wheelyard/package/inspection.hpp"

namespace wheelyard::package {

Distribution inspect_distribution(const std::filesystem::path& path, const InspectLimits& limits) {
  return inspect_distribution_as(path, path.filename().string(), limits);
}

Distribution inspect_distribution_as(const std::filesystem::path& copy, std::string filename,
                                     const InspectLimits& limits) {
  const auto [parsed, problem] = parse_filename(filename);
  if (!parsed) {
    throw Error(ErrorCode::invalid_argument, "accept", printable(filename, 300),
                "it is not named like a wheel or an sdist: " + problem,
                "keep the name that the build tool gave the file");
  }
  const ArchiveFile file(copy, Fault{filename});
  Distribution result;
  result.path = copy;
  result.kind = parsed->kind;
  result.size = file.size();
  result.filename = std::move(filename);
  if (parsed->kind == DistributionKind::wheel) {
    inspect_wheel(file, *parsed, limits, result);
  } else {
    inspect_sdist(file, *parsed, limits, result);
  }
  return result;
}

}  // namespace wheelyard::package
