#include <cstdlib>

#include <signal.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/access_log.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/signal_wait.hpp"
#include "wheelyard/cli/upstream_options.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/server/server.hpp"

namespace wheelyard::cli {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class Serve : public Command {
 public:
  void declare(OptionSet& options) override {
    options.value(host_, {.name = "host", .value_name = "ADDRESS", .help = "the address to listen on"});
    options.number(
        port_, 0, 65535,
        {.name = "port", .letter = 'p', .value_name = "N", .help = "the port; 0 picks a free one"});
    upstream_.declare(options);
  }

  int run(Session& session) override {
    auto& output = session.output();
    const auto opened = session.open_repository();
    session.check_readable(opened);
    // Before any thread is made, so that all of them leave these signals to the wait below.
    const SignalWait signals({SIGINT, SIGTERM, SIGHUP});
    const std::string upstream = upstream_.resolve(session.environment(), own_url());
    server::ServerOptions options;
    options.host = host_;
    options.port = static_cast<std::uint16_t>(port_);
    options.upstream = upstream;
    if (!output.quiet()) {
      options.log = [&output](const server::AccessLogEntry& entry) {
        output.diagnostic(printable(access_log_line(entry, now())));
      };
    }
    server::Server server(opened.repository, options);
    server.start();
    if (!is_loopback(host_)) {
      output.diagnostic(
          output.paint_err(Style::yellow, "warning:") + " " + host_ +
          " is no loopback address: whoever reaches it can read every package, without a password");
    }
    if (output.json()) {
      output.document(serve_json(server.index_url(), opened.url, upstream));
    } else {
      output.line(server.index_url());
    }
    output.flush();
    output.note(
        "serving " + opened.url +
        (upstream.empty() ? ", and nothing else" : ", other names from " + Url::parse(upstream).display()) +
        "; Ctrl-C stops");
    signals.wait();
    // A request that still hangs in a store that does not answer must not hold the program.
    if (!server.stop()) std::_Exit(exit_success);
    return exit_success;
  }

 private:
  /// "" where the port is not known before it is taken: then nothing can be configured to be there.
  std::string own_url() const {
    if (port_ == 0) return {};
    Url url;
    url.scheme = "http";
    url.host = host_;
    url.port = static_cast<std::uint16_t>(port_);
    return url.to_string();
  }

  std::string host_ = "127.0.0.1";
  std::uint64_t port_ = 8080;
  UpstreamOptions upstream_;
};

}  // namespace

Verb serve_verb() {
  return {
      .name = "serve",
      .summary = "a read-only index of the repository on this machine",
      .description =
          "pip, uv, poetry and pdm install from the URL that is printed on standard output. Requests are "
          "logged on "
          "standard error. A name that the repository holds is answered only from the repository; any other "
          "name is "
          "redirected to the upstream index. If the repository cannot be read the answer is an error: a "
          "private name "
          "never falls through to the upstream.",
      .examples = {{"wheelyard serve --repo s3://acme-wheels/simple", "on port 8080 of this machine"},
                   {"wheelyard serve --port 0", "on a free port: read the URL from standard output"},
                   {"wheelyard serve --no-upstream", "nothing but the repository"}},
      .own_signals = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Serve>()); },
  };
}

}  // namespace wheelyard::cli
