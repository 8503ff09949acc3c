#include "wheelyard/package/inspection.hpp"

#include "wheelyard/package/name.hpp"

namespace wheelyard::package {
void take_metadata(std::string_view text, std::string_view what, const Filename& filename, const Fault& fault,
                   Distribution& result) {
  const std::string which(what);
  const Metadata metadata = parse_metadata(text, which + " of " + fault.filename);
  const std::string name(trim(metadata.get("Name")));
  const std::string version(trim(metadata.get("Version")));
  const std::string hint = "rename nothing by hand: build the distribution with its real name and version";
  if (name.empty()) fault("its " + which + " has no Name field");
  if (!is_valid_name(name))
    fault("its " + which + " names the project " + Fault::quoted(name) + ", which is no valid name");
  if (normalize_name(name) != filename.normalized_name) {
    fault("its " + which + " names the project " + Fault::quoted(name) + ", its file name says " +
              Fault::quoted(filename.name),
          hint);
  }
  if (version.empty()) fault("its " + which + " has no Version field");
  const auto parsed = Version::parse(version);
  if (!parsed)
    fault("its " + which + " has the version " + Fault::quoted(version) + ", which is none by PEP 440");
  if (*parsed != filename.version) {
    fault("its " + which + " has the version " + Fault::quoted(version) + ", its file name says " +
              Fault::quoted(filename.version.to_string()),
          hint);
  }
  result.name = name;
  result.normalized_name = filename.normalized_name;
  result.version = filename.version.to_string();
  result.requires_dist = needs_of(metadata);
  result.needs_open = filename.kind == DistributionKind::sdist && leaves_needs_open(metadata);
  result.requires_python = unfolded(metadata.get("Requires-Python"));
  if (printable(result.requires_python) != result.requires_python) {
    fault("its " + which + " has a Requires-Python field with unprintable characters");
  }
}

}  // namespace wheelyard::package
