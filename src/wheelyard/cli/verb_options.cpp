#include "wheelyard/cli/verb_options.hpp"

namespace wheelyard::cli {

VerbOptions::VerbOptions(const Verb& verb) : command(verb.make()) {
  command->declare(set);
  own = set.options().size();
  declare_common_options(set, common);
  set.drop_taken();
}

std::vector<const Option*> shown_options(const Verb& verb, const VerbOptions& options) {
  std::vector<const Option*> shown;
  const auto& all = options.set.options();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i < options.own ? !all[i].text.hidden : is_used(all[i], verb.common)) shown.push_back(&all[i]);
  }
  return shown;
}

}  // namespace wheelyard::cli
