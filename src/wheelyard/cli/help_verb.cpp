#include "wheelyard/cli/help.hpp"
#include "wheelyard/cli/program.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Help : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(markdown_, {.name = "markdown", .help = "everything as one page", .hidden = true});
    std::vector<std::string> names;
    for (const auto& verb : verbs()) {
      names.emplace_back(verb.name);
      if (!verb.alias.empty()) names.emplace_back(verb.alias);
    }
    std::vector<std::string> inner_names;
    for (const auto* verb : all_verbs()) {
      if (!verb->group.empty()) inner_names.emplace_back(verb->name);
    }
    options.argument(verb_, {.name = "VERB", .help = "the verb to explain", .choices = names});
    options.argument(
        inner_,
        {.name = "VERB", .help = "the one behind it, as in 'help release push'", .choices = inner_names});
  }

  int run(Session& session) override {
    std::string text = text_for(verb_.empty() ? "" : verb_.front());
    text.pop_back();  // the line's end
    if (session.output().json()) {
      session.output().document(text_json({{"help", text}}));
    } else {
      session.output().line(text);
    }
    return exit_success;
  }

 private:
  std::string text_for(const std::string& name) const {
    if (markdown_) return markdown_help();
    if (name.empty()) return program_help();
    const Verb* verb = find_verb(name);
    if (verb == nullptr) throw unknown_verb(name);
    if (inner_.empty()) return verb_help(*verb);
    if (verb->verbs.empty())
      throw UsageError("unexpected '" + inner_.front() + "'", "'" + name + "' is one verb");
    const Verb* inner = find_verb(*verb, inner_.front());
    if (inner == nullptr) throw unknown_verb(inner_.front(), verb);
    return verb_help(*inner);
  }

  bool markdown_ = false;
  std::vector<std::string> verb_;
  std::vector<std::string> inner_;
};

}  // namespace

Verb help_verb() {
  return {
      .name = "help",
      .summary = "explain a verb",
      .description = "The same as 'wheelyard VERB --help'.",
      .examples = {{"wheelyard help publish", "what publish does, and its options"}},
      .common = CommonUse::none,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Help>()); },
  };
}

}  // namespace wheelyard::cli
