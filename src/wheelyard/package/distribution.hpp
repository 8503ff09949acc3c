#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "wheelyard/package/filename.hpp"

namespace wheelyard::package {

/// A wheel or sdist that was read to its end and found whole.
struct Distribution {
  std::filesystem::path path;
  std::string filename;  ///< the last part of the path
  DistributionKind kind = DistributionKind::wheel;
  std::string name;             ///< as METADATA or PKG-INFO writes it
  std::string normalized_name;  ///< PEP 503
  std::string version;          ///< normalised (PEP 440)
  std::uint64_t size = 0;       ///< bytes
  std::string sha256;           ///< hexadecimal, of the file
  std::string requires_python;  ///< as the metadata writes it; may be empty
  /// The core metadata file byte for byte: what is published as `.metadata` (PEP 658). Empty for an sdist:
  /// its PKG-INFO is authoritative only from metadata 2.2 on and no installer asks for it.
  std::string core_metadata;
  std::vector<std::string> requires_dist;  ///< what it needs, as the metadata writes it
  bool needs_open = false;  ///< of an sdist: what is built of it may need other things than that
  /// What is odd but stops no installer, as phrases: "its WHEEL file names other tags than its file name".
  std::vector<std::string> warnings;
};

struct InspectLimits {
  std::uint64_t metadata_bytes = 16u << 20;
  std::uint64_t member_count = 500'000;
  /// What the members may unpack to, in all; a bomb is refused before that. 0: sixteen GiB.
  std::uint64_t unpacked_bytes = 0;
  /// Highest ratio of unpacked to packed bytes over the whole archive, once above 64 MiB unpacked.
  std::uint64_t ratio = 1000;
};

/// Reads a wheel or sdist whole and checks it: file name, one top-level `.dist-info`, METADATA's name and
/// version against the file name, WHEEL, every digest and size in RECORD, no member that is absolute, has
/// "..", control characters or is a link out; for an sdist one top-level folder with PKG-INFO. Bounded
/// memory; writes nothing. Throws `not_found`, `invalid_argument` (not a distribution's name) or `corrupted`
/// (which member, what is wrong).
Distribution inspect_distribution(const std::filesystem::path& path, const InspectLimits& limits = {});

/// The same for bytes that come from a store and not from a path: `filename` is what it is called there.
/// `copy` is a local file that holds the bytes.
Distribution inspect_distribution_as(const std::filesystem::path& copy, std::string filename,
                                     const InspectLimits& limits = {});

}  // namespace wheelyard::package
