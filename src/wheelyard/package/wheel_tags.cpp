#include "wheelyard/package/wheel_tags.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "wheelyard/package/metadata.hpp"

namespace wheelyard::package {
namespace {

constexpr std::size_t most_tags = 20'000;

using TagSet = std::set<std::string>;

template <typename Parts>
void expand(const Parts& pythons, const Parts& abis, const Parts& platforms, const Fault& fault,
            TagSet& tags) {
  if (pythons.size() * abis.size() * platforms.size() > most_tags)
    fault("it has more than 20000 compatibility tags");
  for (const auto& python : pythons) {
    for (const auto& abi : abis) {
      for (const auto& platform : platforms) {
        tags.insert(to_lower(std::string(python).append("-").append(abi).append("-").append(platform)));
        if (tags.size() > most_tags) fault("it has more than 20000 compatibility tags");
      }
    }
  }
}

TagSet without_platforms(const TagSet& tags) {
  TagSet pairs;
  for (const std::string& tag : tags) pairs.insert(tag.substr(0, tag.rfind('-')));
  return pairs;
}

}  // namespace

void check_wheel_file(std::string_view text, const Filename& filename, const Fault& fault,
                      Distribution& result) {
  const Metadata wheel = parse_metadata(text, "WHEEL of " + fault.filename);
  const std::string version(trim(wheel.get("Wheel-Version")));
  const auto dot = version.find('.');
  const bool readable = dot != std::string::npos && dot > 0 && dot + 1 < version.size() &&
                        std::ranges::all_of(version, [](char c) { return is_digit(c) || c == '.'; });
  if (version.empty()) fault("its WHEEL file has no Wheel-Version");
  if (!readable)
    fault("its WHEEL file has the Wheel-Version " + Fault::quoted(version) + ", which is no version");
  if (version.substr(0, dot) != "1") {
    fault("its WHEEL file has the Wheel-Version " + version + ", and installers read 1.x",
          "build it with a tool that writes the wheel format 1.0");
  }

  TagSet written;
  for (const std::string& line : wheel.get_all("Tag")) {
    const auto parts = split(trim(line), '-');
    if (parts.size() != 3)
      fault("its WHEEL file has the tag " + Fault::quoted(line) + ", which has not three parts");
    expand(split(parts[0], '.'), split(parts[1], '.'), split(parts[2], '.'), fault, written);
  }
  TagSet named;
  expand(filename.pythons, filename.abis, filename.platforms, fault, named);
  // Platforms are often renamed after the build (linux to manylinux, any to win_amd64); Pythons and ABIs are
  // not.
  const auto in_file_name = [pairs = without_platforms(named)](const std::string& pair) {
    return pairs.contains(pair);
  };
  if (written.empty()) {
    result.warnings.push_back("its WHEEL file names no tags");
  } else if (std::ranges::none_of(without_platforms(written), in_file_name)) {
    fault("its WHEEL file names the tag " + Fault::quoted(*written.begin()) + ", its file name " +
              Fault::quoted(*named.begin()) + ": not even one Python and ABI is in both",
          "rename nothing by hand: build the wheel for that Python, or change its tags with `python -m wheel "
          "tags`");
  } else if (written != named) {
    result.warnings.push_back("its WHEEL file names other tags than its file name");
  }
}

}  // namespace wheelyard::package
