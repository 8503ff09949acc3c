#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/object_headers.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/transfer/attributes.hpp"

namespace wheelyard::cli {
namespace {

class Meta : public Command {
 public:
  void declare(OptionSet& options) override {
    options.values(removed_, {.name = "remove",
                              .value_name = "NAME",
                              .help = "set: take this metadata away; may be given many times"});
    headers_.declare(options);
    access_.declare(options);
    options.argument(action_,
                     {.name = "ACTION", .help = "get or set", .required = true, .choices = {"get", "set"}});
    options.argument(url_, {.name = "URL", .help = "s3://bucket/key", .required = true});
    options.argument(words_, {.name = "NAME[=VALUE]",
                              .help = "get: only these values, a line each; set: what to change",
                              .repeatable = true});
  }

  int run(Session& session) override {
    if (session.place(url_.front()).kind != transfer::Place::Kind::store) {
      throw UsageError("files keep no metadata", "name an object: s3://bucket/key");
    }
    const auto place = open_object(session, url_.front());
    if (action_.front() == "get") return get(session.output(), place);
    if (action_.front() == "set") return set(session.output(), place);
    throw UsageError("there is no 'meta " + action_.front() + "'", "it is get or set");
  }

 private:
  int get(Output& output, const ObjectPlace& place) const {
    if (!headers_.first_given().empty() || !removed_.empty()) {
      throw UsageError("'meta get' changes nothing", "'wheelyard meta set' does");
    }
    const auto info = place.store->head(place.key, access_.headers());
    if (output.json()) {
      output.document(metadata_json(info, place.describe()));
      return exit_success;
    }
    if (words_.empty()) {
      for (const auto& [name, value] : info.metadata)
        output.line(printable(name) + "=" + printable(value, 8192));
    }
    for (const auto& word : words_) {
      const auto found = info.metadata.find(to_lower(word));
      if (found == info.metadata.end()) {
        throw Error(ErrorCode::not_found, "read the metadata '" + printable(word, 200) + "' of",
                    place.describe(), "it has none of that name", "'wheelyard meta get URL' shows all");
      }
      output.line(printable(found->second, 8192));
    }
    return exit_success;
  }

  int set(Output& output, const ObjectPlace& place) const {
    transfer::AttributeChange change;
    change.headers = headers_.put();
    change.content_type = headers_.content_type;
    change.cache_control = headers_.cache_control;
    change.content_disposition = headers_.content_disposition;
    change.content_encoding = headers_.content_encoding;
    change.content_language = headers_.content_language;
    if (headers_.expires) change.expires = change.headers.expires;
    for (const auto& word : words_) {
      auto [name, value] = metadata_pair(word, "metadata");
      change.headers.metadata[std::move(name)] = std::move(value);
    }
    for (const auto& name : removed_) change.removed.push_back(to_lower(name));
    if (words_.empty() && removed_.empty() && headers_.first_given().empty()) {
      throw UsageError("nothing to set",
                       "write NAME=VALUE, --remove NAME, or an option like --content-type TYPE");
    }
    change.access = access_.headers();
    const auto info = transfer::change_attributes(*place.store, place.key, change);
    if (output.json()) {
      output.document(metadata_json(info, place.describe()));
    } else if (!output.quiet()) {
      output.line("set  " + place.describe());
    }
    return exit_success;
  }

  std::vector<std::string> removed_;
  ObjectHeaders headers_;
  ReadOptions access_;
  std::vector<std::string> action_;
  std::vector<std::string> url_;
  std::vector<std::string> words_;
};

}  // namespace

Verb meta_verb() {
  return {
      .name = "meta",
      .summary = "show or change an object's metadata and headers",
      .description =
          "'meta get URL' prints the metadata as NAME=VALUE, 'meta get URL NAME' one value. 'wheelyard stat' "
          "shows the headers, too.\n\n"
          "'meta set' changes what is named and keeps all else. It is a copy of the object onto itself, made "
          "by "
          "the server, and made only if nobody changes the object meanwhile. An empty value takes a header "
          "away: --cache-control=. S3 gives the copy the bucket's usual ACL: say --acl where it is to have "
          "another.",
      .examples =
          {{"wheelyard meta get s3://acme-data/report.pdf", "all of an object's metadata"},
           {"wheelyard meta set s3://acme-data/report.pdf owner=anna stage=final", "two entries"},
           {"wheelyard meta set s3://acme-data/report.pdf --remove stage --cache-control 'max-age=60'",
            "one less, and a header"}},
      .common = CommonUse::store,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Meta>()); },
  };
}

}  // namespace wheelyard::cli
