#include "wheelyard/server/server.hpp"

#include <utility>

#include "wheelyard/server/application.hpp"
#include "wheelyard/server/http_daemon.hpp"

namespace wheelyard::server {
namespace {

DaemonOptions daemon_options(const ServerOptions& options) {
  DaemonOptions wanted;
  wanted.host = options.host;
  wanted.port = options.port;
  wanted.max_connections = options.max_connections;
  return wanted;
}

/// The host by which a client on this machine reaches a server that listens on `host`.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

struct Server::State {
  State(std::shared_ptr<index::Repository> repository, ServerOptions wanted)
      : options(std::move(wanted)),
        application(
            std::make_shared<Application>(std::move(repository), options.path_token, options.upstream)),
        daemon(
            daemon_options(options),
            // By value: a request that hangs in a store may outlive the server.
            [application = application](const Request& request, std::string& logged) {
              return application->answer(request, logged);
            },
            [log = options.log](const Request& request, const std::string& logged, const Outcome& outcome) {
              if (log) {
                log({request.client, request.method, logged, outcome.status, outcome.bytes, outcome.duration,
                     outcome.note});
              }
            }) {}

  ServerOptions options;
  std::shared_ptr<Application> application;
  HttpDaemon daemon;
};

Server::Server(std::shared_ptr<index::Repository> repository, ServerOptions options)
    : state_(std::make_unique<State>(std::move(repository), std::move(options))) {}

Server::~Server() = default;

void Server::start() {
  state_->daemon.start();
}

std::uint16_t Server::port() const {
  return state_->daemon.port();
}

std::string Server::index_url() const {
  const ServerOptions& options = state_->options;
  return "http://" + reachable(options.host) + ":" + std::to_string(port()) +
         (options.path_token.empty() ? "" : "/" + options.path_token) + "/simple/";
}

bool Server::stop(std::chrono::milliseconds grace) {
  return state_->daemon.stop(grace);
}

}  // namespace wheelyard::server
