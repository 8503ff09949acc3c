#include <algorithm>

#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {

std::span<const Verb> verbs() {
  static const std::vector<Verb> table{
      publish_verb(), list_verb(), yank_verb(),       unyank_verb(), remove_verb(), verify_verb(),
      serve_verb(),   exec_verb(), cp_verb(),         mv_verb(),     sync_verb(),   rm_verb(),
      ls_verb(),      du_verb(),   cat_verb(),        stat_verb(),   meta_verb(),   presign_verb(),
      mb_verb(),      rb_verb(),   completion_verb(), help_verb(),   s3pypi_verb(), s3upload_verb(),
  };
  return table;
}

const Verb* find_verb(std::string_view name) {
  const auto found = std::ranges::find_if(verbs(), [name](const Verb& verb) {
    return verb.name == name || (!verb.alias.empty() && verb.alias == name);
  });
  return found == verbs().end() ? nullptr : &*found;
}

}  // namespace wheelyard::cli
