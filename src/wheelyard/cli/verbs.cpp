#include <algorithm>

#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {

namespace {

const Verb* find_among(std::span<const Verb> table, std::string_view name) {
  const auto found = std::ranges::find_if(table, [name](const Verb& verb) {
    return verb.name == name || (!verb.alias.empty() && verb.alias == name);
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Verb> verbs() {
  static const std::vector<Verb> table{
      publish_verb(), list_verb(),     yank_verb(), unyank_verb(),  remove_verb(),     verify_verb(),
      promote_verb(), serve_verb(),    exec_verb(), cp_verb(),      mv_verb(),         sync_verb(),
      rm_verb(),      ls_verb(),       du_verb(),   cat_verb(),     stat_verb(),       meta_verb(),
      presign_verb(), mb_verb(),       rb_verb(),   release_verb(), completion_verb(), help_verb(),
      s3pypi_verb(),  s3upload_verb(), s3p_verb(),
  };
  return table;
}

std::vector<const Verb*> all_verbs() {
  std::vector<const Verb*> all;
  for (const auto& verb : verbs()) {
    all.push_back(&verb);
    for (const auto& inner : verb.verbs) all.push_back(&inner);
  }
  return all;
}

const Verb* find_verb(std::string_view name) {
  return find_among(verbs(), name);
}

const Verb* find_verb(const Verb& group, std::string_view name) {
  return find_among(group.verbs, name);
}

std::string full_name(const Verb& verb) {
  return (verb.group.empty() ? "" : std::string(verb.group) + " ") + std::string(verb.name);
}

}  // namespace wheelyard::cli
