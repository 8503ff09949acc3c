#pragma once

#include <string>
#include <string_view>

namespace wheelyard::server {

/// What a request's path asks for.
struct Route {
  enum class Kind {
    malformed,  ///< no path that a client of ours could send: 400
    unknown,    ///< a path that leads nowhere: 404
    home,       ///< "/"
    health,     ///< "/healthz"
    root,       ///< "/simple/"
    project,    ///< "/simple/<name>/": `project` is normalised
    file,       ///< "/files/<project>/<filename>"
    moved,      ///< `location` is its right form
  };
  Kind kind = Kind::unknown;
  std::string project;
  std::string filename;
  std::string location;  ///< a path from the server's root, the token included
  std::string logged;    ///< the path without the token, printable: for the request log
};

/// Reads a path as it stood on the wire. With a token, "/<token>" is taken off first, and any other path is
/// unknown. Nothing that a route holds can climb: parts are decoded once, and one that holds a slash, a
/// backslash or a control character, or is "." or "..", leads nowhere.
Route parse_route(std::string_view path, std::string_view token);

/// "../../files/<project>/<filename>": a file as the project's page names it.
std::string file_reference(std::string_view project, std::string_view filename);

}  // namespace wheelyard::server
