#include "wheelyard/cli/completion_script.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Completion : public Command {
 public:
  void declare(OptionSet& options) override {
    options.argument(
        shell_,
        {.name = "SHELL", .help = "bash, zsh or fish", .required = true, .choices = {"bash", "zsh", "fish"}});
  }

  int run(Session& session) override {
    const std::string& shell = shell_.front();
    std::string script;
    if (shell == "bash") {
      script = bash_completion();
    } else if (shell == "zsh") {
      script = zsh_completion();
    } else if (shell == "fish") {
      script = fish_completion();
    } else {
      throw UsageError("there is no completion for '" + shell + "'", "it is bash, zsh or fish");
    }
    script.pop_back();  // the line's end
    if (session.output().json()) {
      session.output().document(text_json({{"shell", shell}, {"script", script}}));
    } else {
      session.output().line(script);
    }
    return exit_success;
  }

 private:
  std::vector<std::string> shell_;
};

}  // namespace

Verb completion_verb() {
  return {
      .name = "completion",
      .summary = "print a completion script for a shell",
      .description = "Completes verbs, options, their values and file names.",
      .examples = {{"eval \"$(wheelyard completion bash)\"", "in ~/.bashrc"},
                   {"wheelyard completion zsh > ~/.zfunc/_wheelyard", "with ~/.zfunc in $fpath"},
                   {"wheelyard completion fish > ~/.config/fish/completions/wheelyard.fish", "for fish"}},
      .common = CommonUse::none,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Completion>()); },
  };
}

}  // namespace wheelyard::cli
