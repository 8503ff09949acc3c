#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::package {

/// A PEP 440 version, with numbers of any length. Agrees with PyPA's `packaging.version.Version`.
class Version {
 public:
  /// Accepts what PEP 440 normalises ("v1.0-Alpha1", white space around it). None for anything else.
  static std::optional<Version> parse(std::string_view text);

  std::string to_string() const;       ///< normalised: str(Version(...))
  std::string base_version() const;    ///< epoch and release
  std::string public_version() const;  ///< without the local part
  std::string local() const;           ///< "" where there is none
  bool is_prerelease() const;          ///< dev releases too
  bool is_postrelease() const;
  bool is_devrelease() const;

  /// By PEP 440: "1.0" and "1.0.0" are equal.
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b);

 private:
  friend class SpecifierSet;  // matches by the parts

  std::strong_ordering compare_public(const Version& other) const;
  std::strong_ordering compare_local(const Version& other) const;
  std::strong_ordering compare_release(
      const Version& other) const;  // the epoch too; trailing zeros do not count
  bool has_release_prefix(const Version& prefix, std::size_t parts) const;

  // Numbers are kept as decimal digits without leading zeros: PEP 440 sets no limit to them.
  std::string epoch_ = "0";
  std::vector<std::string> release_;
  std::string pre_phase_;  ///< "a", "b", "rc" or ""
  std::string pre_number_;
  std::optional<std::string> post_;
  std::optional<std::string> dev_;
  std::vector<std::string> local_;
};

}  // namespace wheelyard::package
