#include "wheelyard/package/filename.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::package {
namespace {

constexpr std::string_view wheel_suffix = ".whl";
constexpr std::array<std::string_view, 4> sdist_suffixes = {".tar.gz", ".zip", ".tar.bz2", ".tgz"};

FilenameResult problem(std::string text) {
  return {std::nullopt, std::move(text)};
}

std::string quoted(std::string_view text) {
  return "\"" + printable(text, 120) + "\"";
}

// What may stand in a key, a URL and a path on every system, apart from what each of them escapes.
std::optional<std::string> unusable(std::string_view filename) {
  if (filename.empty()) return "the name is empty";
  for (const char c : filename) {
    if (static_cast<unsigned char>(c) >= 0x80) return "the name holds characters that are not ASCII";
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "the name holds a control character";
    if (c == '/' || c == '\\') return "the name holds a path separator";
    if (c == ' ') return "the name holds a space";
  }
  return std::nullopt;
}

std::string_view sdist_stem(std::string_view filename) {
  for (const std::string_view suffix : sdist_suffixes) {
    if (filename.ends_with(suffix)) return filename.substr(0, filename.size() - suffix.size());
  }
  return {};
}

std::vector<std::string> split_tags(std::string_view text) {
  const auto parts = split(text, '.');
  return {parts.begin(), parts.end()};
}

bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}

FilenameResult parse_wheel(std::string_view filename) {
  const auto parts = split(filename.substr(0, filename.size() - wheel_suffix.size()), '-');
  if (parts.size() != 5 && parts.size() != 6) {
    return problem(
        "a wheel's name has five parts, or six with a build tag, between hyphens "
        "(name-version-python-abi-platform.whl), and this one has " +
        std::to_string(parts.size()));
  }
  Filename result;
  result.kind = DistributionKind::wheel;
  result.name = parts[0];
  result.normalized_name = normalize_name(result.name);
  if (!is_valid_name(result.name) || result.name.find("__") != std::string::npos) {
    return problem(quoted(result.name) + " is not a project's name as wheels write it");
  }
  auto version = Version::parse(parts[1]);
  if (!version) return problem(quoted(parts[1]) + " is not a version by PEP 440");
  result.version = std::move(*version);
  if (parts.size() == 6) {
    result.build = parts[2];
    if (result.build.empty() || !is_digit(result.build.front())) {
      return problem("the build tag " + quoted(result.build) + " does not begin with a digit");
    }
  }
  result.pythons = split_tags(parts[parts.size() - 3]);
  result.abis = split_tags(parts[parts.size() - 2]);
  result.platforms = split_tags(parts[parts.size() - 1]);
  for (const auto* const tags : {&result.pythons, &result.abis, &result.platforms}) {
    if (std::ranges::any_of(*tags, &std::string::empty)) return problem("one of the tags is empty");
  }
  if (const auto tag = std::ranges::find_if_not(result.pythons, is_identifier); tag != result.pythons.end()) {
    return problem("the python tag " + quoted(*tag) + " is not an identifier");
  }
  return {std::move(result), {}};
}

FilenameResult parse_sdist(std::string_view stem) {
  // No version holds a hyphen in its normal form, but legacy ones do ("1.0-beta"): the last hyphen that
  // leaves a version.
  for (std::size_t hyphen = stem.rfind('-'); hyphen != std::string_view::npos && hyphen != 0;
       hyphen = stem.rfind('-', hyphen - 1)) {
    auto version = Version::parse(stem.substr(hyphen + 1));
    if (!version) continue;
    Filename result;
    result.kind = DistributionKind::sdist;
    result.name = stem.substr(0, hyphen);
    result.normalized_name = normalize_name(result.name);
    result.version = std::move(*version);
    if (!is_valid_name(result.name)) return problem(quoted(result.name) + " is not a project's name");
    return {std::move(result), {}};
  }
  return problem("it does not end in a hyphen and a version by PEP 440 (name-version.tar.gz)");
}

}  // namespace

FilenameResult parse_filename(std::string_view filename) {
  if (auto why = unusable(filename)) return problem(std::move(*why));
  if (filename.ends_with(wheel_suffix)) return parse_wheel(filename);
  if (const auto stem = sdist_stem(filename); !stem.empty()) return parse_sdist(stem);
  return problem("it ends in none of .whl, .tar.gz, .zip, .tar.bz2 and .tgz");
}

std::optional<Filename> parse_filename_of(std::string_view filename, std::string_view normalized_project) {
  if (filename.ends_with(wheel_suffix)) {
    auto result = parse_filename(filename).filename;
    return result && result->normalized_name == normalized_project ? std::move(result) : std::nullopt;
  }
  const std::string_view stem = sdist_stem(filename);
  if (stem.empty() || unusable(filename)) return std::nullopt;
  for (std::size_t hyphen = stem.find('-'); hyphen != std::string_view::npos;
       hyphen = stem.find('-', hyphen + 1)) {
    const std::string_view name = stem.substr(0, hyphen);
    if (!is_valid_name(name) || normalize_name(name) != normalized_project) continue;
    auto version = Version::parse(stem.substr(hyphen + 1));
    if (!version) continue;
    Filename result;
    result.kind = DistributionKind::sdist;
    result.name = name;
    result.normalized_name = normalized_project;
    result.version = std::move(*version);
    return result;
  }
  return std::nullopt;
}

bool looks_like_distribution(std::string_view filename) {
  return filename.ends_with(wheel_suffix) || !sdist_stem(filename).empty();
}

}  // namespace wheelyard::package
