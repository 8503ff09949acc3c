#include <cstdlib>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/access_log.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/upstream_options.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/server/child_environment.hpp"
#include "wheelyard/server/child_process.hpp"
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
    if (command_.empty())
      throw UsageError("no program to run is given", "type wheelyard exec -- pip install acme");
    auto& output = session.output();
    const auto opened = session.open_repository();
    session.check_readable(opened);
    // Before any thread is made, so that all of them leave the signals to it.
    server::ChildRunner child;
    server::ServerOptions options;
    options.path_token = to_base64url(random_bytes(token_bytes));
    options.upstream = upstream_.resolve(session.environment());
    options.log = [&output, verbose = session.options().verbose](const server::AccessLogEntry& entry) {
      // An error that the installer met: it shows a status at most, and here is the reason.
      if (entry.status >= 500 || verbose) output.diagnostic(printable(access_log_line(entry, now())));
    };
    server::Server server(opened.repository, options);
    server.start();

    const int status = run_child(session, child, server.index_url());
    if (!server.stop(stop_grace)) {
      output.flush();
      std::_Exit(status);  // a request still hangs in a store that does not answer
    }
    return status;
  }

 private:
  int run_child(Session& session, server::ChildRunner& child, const std::string& index_url) const {
    auto& output = session.output();
    const auto changes = server::index_environment(index_url, session.environment());
    if (session.options().verbose) {
      for (const auto& change : changes) {
        const std::string what = change.value ? "sets " + change.name : "takes " + change.name + " away";
        output.diagnostic(output.paint_err(Style::dim, what + ": " + change.why));
      }
    }
    try {
      return child.run(command_, server::apply_changes(server::environment_strings(), changes)).exit_status();
    } catch (const Error& error) {
      // As shells do: 127 where there is no such program, 126 where it cannot be run.
      print_error(output, error);
      return error.code() == ErrorCode::not_found ? 127 : 126;
    }
  }

  UpstreamOptions upstream_;
  std::vector<std::string> command_;
};

const std::string& description() {
  static const std::string text = [] {
    std::string variables;
    for (const auto& change : server::index_environment("", [](std::string_view) { return std::nullopt; })) {
      if (change.value) variables += (variables.empty() ? "" : ", ") + change.name + " (" + change.why + ")";
    }
    return "Serves the repository on a free port of this machine, under a path with a random token, for as "
           "long "
           "as the program runs; ends with the program's exit status. No credentials are handed to it.\n\n"
           "The program gets these variables: " +
           variables +
           ".\n\n"
           "A name that the repository holds comes only from the repository; any other name from the "
           "upstream "
           "index. An --extra-index-url on the program's own command line is not held back.";
  }();
  return text;
}

}  // namespace

Verb exec_verb() {
  return {
      .name = "exec",
      .summary = "run pip, uv, pdm … with the repository as their index",
      .description = description(),
      .examples = {{"wheelyard exec --repo s3://acme-wheels/simple -- pip install acme",
                    "install from a private bucket"},
                   {"wheelyard exec -- uv sync", "resolve and install a project with uv"},
                   {"wheelyard exec --no-upstream -- pip download -d wheels acme",
                    "nothing but the repository"}},
      .own_signals = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Exec>()); },
  };
}

}  // namespace wheelyard::cli
