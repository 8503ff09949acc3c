#pragma once

#include <memory>
#include <string>

#include "wheelyard/index/repository.hpp"
#include "wheelyard/server/message.hpp"
#include "wheelyard/server/project_pages.hpp"
#include "wheelyard/server/route.hpp"

namespace wheelyard::server {

/// The simple index of a repository as a function from requests to answers. Knows nothing of sockets.
/// Thread-safe.
class Application {
 public:
  /// `upstream`: where names that the repository does not hold are sent to; empty: they are 404.
  Application(std::shared_ptr<index::Repository> repository, std::string path_token, std::string upstream);

  /// Never throws: what goes wrong is an answer too. Sets `logged` to the path for the log, without the
  /// token.
  Reply answer(const Request& request, std::string& logged);

 private:
  Reply route(const Request& request, const Route& route);
  Reply home() const;
  Reply health(const Request& request) const;
  Reply root(const Request& request);
  Reply project(const Request& request, const std::string& name);
  Reply file(const Request& request, const Route& route);
  Reply absent(const Request& request, const std::string& name) const;

  std::shared_ptr<index::Repository> repository_;
  std::string path_token_;
  std::string upstream_;  ///< without a slash at the end
  ProjectPages pages_;
};

}  // namespace wheelyard::server
