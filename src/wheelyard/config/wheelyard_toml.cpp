#include "wheelyard/config/wheelyard_toml.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/config/detail/toml_reader.hpp"
#include "wheelyard/release/layout.hpp"

namespace wheelyard::config {
namespace {

constexpr std::string_view file_name = "wheelyard.toml";
constexpr std::uint64_t most_approvals = 100;

toml::table parse(std::string_view text, const std::filesystem::path& path) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::invalid_argument, "read",
                path.string() + " line " + std::to_string(error.source().begin.line),
                "it is not valid TOML: " + printable(error.description(), 300), "correct that line");
  }
}

/// A folder that is written from where the file lies.
std::string resolved_store(const std::string& store, const std::filesystem::path& path) {
  const std::filesystem::path folder = store;
  if (folder.is_absolute() || store.starts_with('~') || store.find(':') != std::string::npos) return store;
  return (path.parent_path() / folder).lexically_normal().string();
}

release::CommandGate read_gate(const detail::TomlReader& reader, const std::filesystem::path& path) {
  reader.check_known({"name", "command", "timeout"});
  release::CommandGate gate;
  const auto command = reader.texts("command");
  if (!command) reader.refuse("", "it has no command", "write command = [\"./smoke-test\", \"--fast\"]");
  gate.command = *command;
  gate.name = reader.text("name").value_or(join(gate.command, " "));
  gate.timeout = reader.duration("timeout").value_or(gate.timeout);
  gate.folder = path.parent_path();
  return gate;
}

/// By the library's own rules, said with file and line.
template <typename Check>
void check_value(const detail::TomlReader& reader, std::string_view key, Check&& check) {
  try {
    check();
  } catch (const Error& error) {
    reader.refuse(key, error.details().target + ": " + error.details().reason, error.hint());
  }
}

release::RankRules read_rules(const detail::TomlReader& reader, const std::string& rank,
                              const std::filesystem::path& path) {
  reader.check_known({"may_skip", "minimum_time", "note", "approvals", "gate"});
  release::RankRules rules;
  rules.rank = rank;
  rules.may_skip = reader.texts("may_skip").value_or(rules.may_skip);
  rules.minimum_time = reader.duration("minimum_time").value_or(rules.minimum_time);
  rules.note = reader.truth("note").value_or(rules.note);
  rules.approvals = reader.number("approvals", most_approvals).value_or(rules.approvals);
  for (const auto* gate : reader.tables("gate"))
    rules.commands.push_back(read_gate(reader.inner(*gate, "gate"), path));
  check_value(reader, "gate", [&] { rules.check_gates(); });
  return rules;
}

void read_release(const detail::TomlReader& reader, WheelyardToml& file) {
  reader.check_known({"store", "ranks", "keep", "identity", "rules"});
  if (const auto store = reader.text("store")) file.store = resolved_store(*store, file.path);
  if (const auto ranks = reader.texts("ranks")) {
    file.ranks = *ranks;
    release::PipelineRules rules;
    for (const auto& rank : file.ranks) rules.ranks.push_back({.rank = rank});
    check_value(reader, "ranks", [&] { rules.check(); });
  }
  file.keep = reader.number("keep", release::earlier_limit);
  file.identity = reader.text("identity").value_or("");
  const auto* all_rules = reader.find_table("rules");
  if (all_rules == nullptr) return;
  const auto rules_reader = reader.inner(*all_rules, "rules");
  for (const auto& [key, value] : *all_rules) {
    const std::string rank(key.str());
    const auto* table = rules_reader.find_table(rank);
    check_value(rules_reader, rank, [&] { release::check_rank_name(rank); });
    file.rules[rank] = read_rules(rules_reader.inner(*table, rank), rank, file.path);
  }
}

/// Whether there is a configuration. What bears its name and cannot be read is no less one: it may hold
/// gates.
bool is_there(const std::filesystem::path& path, GivenAs given_as) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) return true;
  const auto kind = std::filesystem::symlink_status(path, ignored).type();
  if (kind == std::filesystem::file_type::not_found || kind == std::filesystem::file_type::none) return false;
  const bool dangles = kind == std::filesystem::file_type::symlink && !std::filesystem::exists(path, ignored);
  throw Error(ErrorCode::invalid_argument, "read", path.string(),
              dangles ? "it is a link to what is not there" : "it is not a file",
              "mend it, or name another one with " + given_name(given_as, "config"));
}

bool is_root_of_repository(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder / ".git", ignored);
}

void check_owner(const std::filesystem::path& path, GivenAs given_as) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return;
  if (status.st_uid == ::geteuid() || status.st_uid == 0) return;
  throw Error(ErrorCode::invalid_argument, "use", path.string(),
              "it belongs to another user (number " + std::to_string(status.st_uid) +
                  "), and its gates are commands that would be run",
              "say " + given_value(given_as, "config", path.string()) + " if it is to be trusted");
}

}  // namespace

WheelyardToml parse_wheelyard_toml(std::string_view text, const std::filesystem::path& path) {
  const auto content = parse(text, path);
  WheelyardToml file;
  file.path = path;
  const detail::TomlReader reader(path, content, "");
  reader.check_known({"release"});
  if (const auto* table = reader.find_table("release")) read_release(reader.inner(*table, "release"), file);
  return file;
}

std::optional<std::filesystem::path> find_wheelyard_toml(const std::filesystem::path& folder,
                                                         GivenAs given_as) {
  for (auto place = folder;; place = place.parent_path()) {
    if (auto path = place / file_name; is_there(path, given_as)) {
      if (place != folder) check_owner(path, given_as);
      return path;
    }
    if (is_root_of_repository(place) || !place.has_relative_path()) return std::nullopt;
  }
}

}  // namespace wheelyard::config
