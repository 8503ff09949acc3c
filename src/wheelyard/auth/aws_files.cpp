#include "wheelyard/auth/aws_files.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "wheelyard/auth/shell_words.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/ini.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::uint64_t kMaxFileBytes = 4u << 20;

std::filesystem::path file_path(std::string_view variable, std::string_view fallback,
                                const Environment& environment) {
  const auto named = environment(variable);
  return expand_user(expand_variables(named ? *named : fallback, environment), environment);
}

/// The lines of a block, "name = value" each.
std::map<std::string, std::string, std::less<>> parse_block(const IniDocument::Entry& entry,
                                                            const std::filesystem::path& path) {
  std::map<std::string, std::string, std::less<>> block;
  std::string_view rest = entry.value;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) {
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      throw Error(ErrorCode::invalid_argument, "read", path.string(),
                  "the block '" + entry.key + "' that begins on line " + std::to_string(entry.line) +
                      " has a line that is no 'name = value'",
                  "correct that line, or remove it");
    }
    block.insert_or_assign(std::string(trim(line.substr(0, equals))),
                           std::string(trim(line.substr(equals + 1))));
  }
  return block;
}

/// Blocks of sections that are nobody's are checked as well: the file as a whole is in order or it is not.
void check_blocks(const IniDocument& document, const std::filesystem::path& path) {
  const auto check = [&path](const IniDocument::Section& section) {
    for (const auto& entry : section.entries) {
      if (entry.value.starts_with('\n')) {
        parse_block(entry, path);
      }
    }
  };
  std::ranges::for_each(document.sections, check);
  check(document.defaults);
}

IniDocument parse_document(std::string_view text, const std::filesystem::path& path) {
  auto document = IniDocument::parse(text, path.string());
  check_blocks(document, path);
  return document;
}

/// "" where there is no such file.
std::string read_if_there(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return {};
  }
  try {
    return read_file(path, kMaxFileBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) {
      return {};
    }
    throw;
  }
}

AwsProfile to_profile(const IniDocument& document, const IniDocument::Section& section,
                      const std::filesystem::path& path, std::string_view name) {
  AwsProfile profile;
  for (const auto* entries : {&section.entries, &document.defaults.entries}) {
    for (const auto& entry : *entries) {
      AwsValue value{entry.value, std::nullopt, "profile '" + std::string(name) + "' in " + path.string()};
      if (entry.value.starts_with('\n')) {
        value.block = parse_block(entry, path);
      }
      profile.try_emplace(entry.key, std::move(value));
    }
  }
  return profile;
}

const AwsProfile* lookup(const std::map<std::string, AwsProfile, std::less<>>& profiles,
                         std::string_view name) {
  const auto found = profiles.find(name);
  return found == profiles.end() ? nullptr : &found->second;
}

/// The second word of "profile NAME": none where the section has another form, which boto3 passes over as
/// well.
std::optional<std::string> section_argument(const std::string& section) {
  auto words = shell_words(section);
  return words && words->size() == 2 ? std::optional(std::move((*words)[1])) : std::nullopt;
}

}  // namespace

const std::string* find_text(const AwsProfile& profile, std::string_view name) {
  const auto found = profile.find(name);
  return found == profile.end() || found->second.block ? nullptr : &found->second.text;
}

AwsFiles AwsFiles::load(const Environment& environment) {
  auto config = file_path("AWS_CONFIG_FILE", "~/.aws/config", environment);
  auto credentials = file_path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", environment);
  const auto config_text = read_if_there(config);
  const auto credentials_text = read_if_there(credentials);
  return parse(config_text, credentials_text, std::move(config), std::move(credentials));
}

AwsFiles AwsFiles::parse(std::string_view config, std::string_view credentials,
                         std::filesystem::path config_path, std::filesystem::path credentials_path) {
  AwsFiles files;
  files.config_path_ = std::move(config_path);
  files.credentials_path_ = std::move(credentials_path);
  files.take_config(config);
  files.take_credentials(credentials);
  return files;
}

void AwsFiles::take_config(std::string_view text) {
  const auto document = parse_document(text, config_path_);
  const auto take_named = [&](const IniDocument::Section& section, Profiles& place) {
    if (const auto name = section_argument(section.name)) {
      place.insert_or_assign(*name, to_profile(document, section, config_path_, *name));
    }
  };
  for (const auto& section : document.sections) {
    if (section.name.starts_with("profile")) {
      take_named(section, config_profiles_);
    } else if (section.name.starts_with("sso-session")) {
      take_named(section, sso_sessions_);
    } else if (section.name.starts_with("services")) {
      take_named(section, services_);
    } else if (section.name == "default") {
      config_profiles_.insert_or_assign(section.name,
                                        to_profile(document, section, config_path_, section.name));
    }
  }
}

void AwsFiles::take_credentials(std::string_view text) {
  const auto document = parse_document(text, credentials_path_);
  for (const auto& section : document.sections) {
    credentials_profiles_.insert_or_assign(section.name,
                                           to_profile(document, section, credentials_path_, section.name));
  }
}

const AwsProfile* AwsFiles::config_profile(std::string_view name) const {
  return lookup(config_profiles_, name);
}

const AwsProfile* AwsFiles::credentials_profile(std::string_view name) const {
  return lookup(credentials_profiles_, name);
}

const AwsProfile* AwsFiles::services(std::string_view name) const {
  return lookup(services_, name);
}

const AwsProfile* AwsFiles::sso_session(std::string_view name) const {
  return lookup(sso_sessions_, name);
}

std::optional<AwsProfile> AwsFiles::profile(std::string_view name) const {
  const auto* config = config_profile(name);
  const auto* credentials = credentials_profile(name);
  if (config == nullptr && credentials == nullptr) {
    return std::nullopt;
  }
  auto merged = config == nullptr ? AwsProfile() : *config;
  if (credentials != nullptr) {
    for (const auto& [key, value] : *credentials) {
      merged.insert_or_assign(key, value);
    }
  }
  return merged;
}

std::vector<std::string> AwsFiles::profile_names() const {
  std::set<std::string> names;
  for (const auto* profiles : {&config_profiles_, &credentials_profiles_}) {
    for (const auto& [name, profile] : *profiles) {
      names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

std::optional<std::string> chosen_profile(const std::string& from_command_line,
                                          const Environment& environment) {
  if (!from_command_line.empty()) {
    return from_command_line;
  }
  auto named = non_empty(environment, "AWS_DEFAULT_PROFILE");
  return named ? named : non_empty(environment, "AWS_PROFILE");
}

}  // namespace wheelyard::auth
