#include "wheelyard/server/application.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "wheelyard/base/url.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/server/conditional.hpp"
#include "wheelyard/server/file_answer.hpp"
#include "wheelyard/server/problem.hpp"

namespace wheelyard::server {
namespace {

constexpr std::size_t cache_bytes = 48u << 20;
/// Below this, gzip's own bytes and the time of both ends cost more than they save.
constexpr std::size_t smallest_compressed = 1000;
constexpr const char* varies = "Accept, Accept-Encoding";

/// The format of a page by `?format=` (PEP 691), else by Accept. None: 406.
std::optional<PageFormat> wanted_format(const Request& request) {
  if (!request.query.empty()) {
    for (const auto& [name, value] : parse_query(request.query)) {
      if (name == "format") return format_by_name(value);
    }
  }
  return negotiate_format(request.header("Accept"));
}

Reply not_acceptable(const Request& request) {
  Reply reply = problem(request, 406,
                        "This index speaks application/vnd.pypi.simple.v1+json, "
                        "application/vnd.pypi.simple.v1+html and text/html.");
  reply.headers.set("Vary", varies);
  return reply;
}

Reply page_reply(const Request& request, const PageBodyPtr& body, PageFormat format, bool compressed) {
  Reply reply;
  reply.headers.add("Content-Type", std::string(content_type_of(format)));
  reply.headers.add("Cache-Control", "no-cache");
  reply.headers.add("Vary", varies);
  reply.headers.add("ETag", body->etag);
  if (compressed) reply.headers.add("Content-Encoding", "gzip");
  if (check_conditions(request, {body->etag, std::nullopt}) == 304) {
    reply.status = 304;
  } else {
    reply.bytes = std::shared_ptr<const std::string>(body, &body->bytes);
  }
  return reply;
}

}  // namespace

Application::Application(std::shared_ptr<index::Repository> repository, std::string path_token,
                         std::string upstream)
    : repository_(std::move(repository)),
      path_token_(std::move(path_token)),
      upstream_(std::move(upstream)),
      pages_(repository_, cache_bytes) {
  while (upstream_.ends_with('/')) upstream_.pop_back();
}

Reply Application::answer(const Request& request, std::string& logged) {
  try {
    const Route route = parse_route(request.path, path_token_);
    logged = route.logged;
    if (request.method != "GET" && request.method != "HEAD") {
      Reply reply = problem(request, 405, "This index is read-only: GET and HEAD are all it answers.");
      reply.headers.add("Allow", "GET, HEAD");
      return reply;
    }
    return this->route(request, route);
  } catch (const Error& error) {
    return problem(request, error);
  } catch (const std::exception& failure) {
    return problem(request, Error(ErrorCode::unavailable, "answer", logged, failure.what()));
  }
}

Reply Application::route(const Request& request, const Route& route) {
  switch (route.kind) {
    case Route::Kind::malformed:
      return problem(request, 400, "That is not a path.");
    case Route::Kind::unknown:
      break;
    case Route::Kind::home:
      return home();
    case Route::Kind::health:
      return health(request);
    case Route::Kind::root:
      return root(request);
    case Route::Kind::project:
      return project(request, route.project);
    case Route::Kind::file:
      return file(request, route);
    case Route::Kind::moved:
      return Reply::redirect(301, route.location + (request.query.empty() ? "" : "?" + request.query));
  }
  return problem(request, 404, "There is nothing here. The index is at simple/.");
}

Reply Application::home() const {
  return Reply::redirect(302, (path_token_.empty() ? "" : "/" + path_token_) + "/simple/");
}

Reply Application::health(const Request& request) const {
  try {
    // Absent is fine: a repository into which nothing was published yet.
    store::find_info(repository_->store(), repository_->prefix() + "index.json");
    return Reply::text(200, "ok\n");
  } catch (const Error& error) {
    Reply reply = problem(request, 503, error.what());
    reply.note = error.what();
    return reply;
  }
}

Reply Application::root(const Request& request) {
  const auto format = wanted_format(request);
  if (!format) return not_acceptable(request);
  const index::RootPage page = repository_->read_root();
  std::string bytes = *format == PageFormat::json ? index::to_json(page, false) : index::to_html(page);
  const bool compressed =
      bytes.size() >= smallest_compressed && accepts_gzip(request.header("Accept-Encoding"));
  return page_reply(request, make_body(std::move(bytes), *format, compressed), *format, compressed);
}

Reply Application::project(const Request& request, const std::string& name) {
  const auto format = wanted_format(request);
  if (!format) return not_acceptable(request);
  const auto page = pages_.current(name);
  if (!page) return absent(request, name);
  auto body = pages_.body(name, *page, *format, false);
  const bool compressed =
      body->bytes.size() >= smallest_compressed && accepts_gzip(request.header("Accept-Encoding"));
  if (compressed) body = pages_.body(name, *page, *format, true);
  return page_reply(request, body, *format, compressed);
}

Reply Application::absent(const Request& request, const std::string& name) const {
  if (!upstream_.empty()) {
    Reply reply = Reply::redirect(302, upstream_ + "/" + name + "/");
    reply.headers.set("Vary", varies);
    return reply;
  }
  return problem(request, 404,
                 "The repository holds no project " + name + ", and there is no upstream index.");
}

Reply Application::file(const Request& request, const Route& route) {
  constexpr std::string_view suffix = ".metadata";
  const bool is_metadata = route.filename.ends_with(suffix);
  const std::string listed =
      is_metadata ? route.filename.substr(0, route.filename.size() - suffix.size()) : route.filename;
  const auto page = pages_.listing(route.project, listed);
  const ServedPage::File* file = page ? page->find(listed) : nullptr;
  if (file && is_metadata && !file->has_metadata) file = nullptr;
  if (!file) return problem(request, 404, "The index of " + route.project + " lists no such file.");
  try {
    const std::string key = is_metadata ? file->key + std::string(suffix) : file->key;
    return answer_file(request, repository_->store(), key, route.filename);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    Reply reply = problem(request, 404, "The index lists this file, but the store has it no longer.");
    reply.note = error.what();
    return reply;
  }
}

}  // namespace wheelyard::server
