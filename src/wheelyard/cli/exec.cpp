#include "wheelyard/base/digest.hpp"
#include "wheelyard/cli/access_log.hpp"
#include "wheelyard/cli/child_process.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/upstream_options.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/server/server.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t token_bytes = 24;
constexpr std::chrono::milliseconds stop_grace{200};  // the only client has ended

class Exec : public Command {
 public:
  void declare(OptionSet& options) override {
    upstream_.declare(options);
    options.command_line(command_, "the program to run, with its arguments");
  }

  int run(Session& session) override {
    if (command_.empty()) throw UsageError("no program to run is given", "type wheelyard exec -- pip install acme");
    auto& output = session.output();
    // Before any thread is made, so that all of them leave these signals to the wait in run_child.
    const SignalWait signals(child_signals);
    const auto opened = session.open_repository();
    server::ServerOptions options;
    options.path_token = to_base64url(random_bytes(token_bytes));
    options.upstream = upstream_.resolve(session.environment());
    options.log = [&output, verbose = session.options().verbose](const server::AccessLogEntry& entry) {
      // An error that the installer met: it shows a status at most, and here is the reason.
      if (entry.status >= 500 || verbose) output.diagnostic(printable(access_log_line(entry, now())));
    };
    server::Server server(opened.repository, options);
    server.start();

    std::string problem;
    const auto environment = installer_environment(server.index_url(), session.environment());
    const int status = run_child(command_, environment, signals, problem);
    server.stop(stop_grace);
    if (!problem.empty()) {
      print_error(output, Error(ErrorCode::not_found, "run", command_.front(), problem,
                                "is it installed and in PATH?"));
    }
    return status;
  }

 private:
  UpstreamOptions upstream_;
  std::vector<std::string> command_;
};

const std::string& description() {
  static const std::string text =
      "Serves the repository on a free port of this machine, under a path with a random token, for as long as the "
      "program runs; ends with the program's exit status. No credentials are handed to it.\n\n"
      "Sets " +
      installer_environment_help() +
      ". Further indexes that the environment or pip's configuration files name are switched off, since they would "
      "answer for the repository's names too; an --extra-index-url on the program's own command line counts.\n\n"
      "A name that the repository holds comes only from the repository; any other name from the upstream index.";
  return text;
}

}  // namespace

Verb exec_verb() {
  return {
      .name = "exec",
      .summary = "run pip, uv, pdm … with the repository as their index",
      .description = description(),
      .examples = {{"wheelyard exec --repo s3://acme-wheels/simple -- pip install acme", "install from a private bucket"},
                   {"wheelyard exec -- uv sync", "resolve and install a project with uv"},
                   {"wheelyard exec --no-upstream -- pip download -d wheels acme", "nothing but the repository"}},
      .own_signals = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Exec>()); },
  };
}

}  // namespace wheelyard::cli
