#include "wheelyard/base/clock.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Presign : public Command {
 public:
  void declare(OptionSet& options) override {
    options.value(request_.method, {.name = "method",
                                    .letter = 'X',
                                    .value_name = "METHOD",
                                    .help = "what the URL allows",
                                    .choices = {"GET", "HEAD", "PUT", "DELETE"}});
    options.duration(request_.expires, {.name = "expires",
                                        .letter = 'e',
                                        .value_name = "TIME",
                                        .help = "how long it works, as 90s, 15m, 1h or 7d"});
    for (const std::string name : {"content-type", "content-disposition", "content-encoding",
                                   "content-language", "cache-control", "expires"}) {
      options.value(answer_[name], {.name = "response-" + name,
                                    .value_name = "VALUE",
                                    .help = "the answer's " + name + ", whatever the object's is"});
    }
    options.value(content_type_, {.name = "content-type",
                                  .value_name = "TYPE",
                                  .help = "for PUT: whoever uploads has to send this type"});
    options.argument(url_, {.name = "URL", .help = "s3://bucket/key", .required = true});
  }

  int run(Session& session) override {
    store::PresignOptions request = request_;
    for (const auto& [name, value] : answer_) {
      if (value) request.answer_headers[name] = *value;
    }
    if (!request.answer_headers.empty() && request.method != "GET" && request.method != "HEAD") {
      throw UsageError("only a GET or HEAD has an answer with such headers",
                       "leave --response-… away for " + request.method);
    }
    if (content_type_) {
      if (request.method != "PUT") throw UsageError("--content-type is for --method PUT");
      request.request_headers["content-type"] = *content_type_;
    }
    const auto place = open_object(session, url_.front());
    const std::string signed_url = place.store->presign(place.key, request);
    auto& output = session.output();
    if (output.json()) {
      output.document(presign_json(signed_url, place.describe(), request.method, now() + request.expires));
    } else {
      output.line(signed_url);
    }
    return exit_success;
  }

 private:
  store::PresignOptions request_;
  std::map<std::string, std::optional<std::string>> answer_;
  std::optional<std::string> content_type_;
  std::vector<std::string> url_;
};

}  // namespace

Verb presign_verb() {
  return {
      .name = "presign",
      .summary = "make a URL that works without credentials for a while",
      .description =
          "Whoever has the URL may do what it says until it expires: treat it as a password. Nothing is "
          "asked "
          "of the server. A URL that was signed with temporary credentials ends with them.",
      .examples = {{"wheelyard presign s3://acme-data/report.pdf", "a download, for an hour"},
                   {"wheelyard presign --expires 7d --response-content-type text/plain s3://acme-data/log",
                    "a week, and shown by browsers"},
                   {"wheelyard presign --method PUT --expires 15m s3://acme-data/incoming/x",
                    "an upload: curl -T FILE URL"}},
      .common = CommonUse::store,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Presign>()); },
  };
}

}  // namespace wheelyard::cli
