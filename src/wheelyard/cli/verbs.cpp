#include <algorithm>

#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {

std::span<const Verb> verbs() {
  static const std::vector<Verb> table{
      publish_verb(), list_verb(), yank_verb(),       unyank_verb(), remove_verb(), verify_verb(),
      serve_verb(),   exec_verb(), completion_verb(), help_verb(),   s3pypi_verb(), s3upload_verb(),
  };
  return table;
}

const Verb* find_verb(std::string_view name) {
  const auto found = std::ranges::find(verbs(), name, &Verb::name);
  return found == verbs().end() ? nullptr : &*found;
}

}  // namespace wheelyard::cli
