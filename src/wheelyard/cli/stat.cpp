#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Stat : public Command {
 public:
  void declare(OptionSet& options) override {
    access_.declare(options);
    options.argument(urls_, {.name = "URL",
                             .help = "s3://bucket/key, s3://bucket or a file",
                             .required = true,
                             .repeatable = true,
                             .completes = Completes::files});
  }

  int run(Session& session) override {
    auto& output = session.output();
    bool failed = false;
    bool first = true;
    for (const auto& url : urls_) {
      try {
        if (!first && !failed) output.line("");
        show(session, url);
        first = false;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        failed = true;
        const bool absent = error.code() == ErrorCode::not_found && error.hint().empty();
        print_error(output, absent ? error.with_hint("'wheelyard ls' shows what there is") : error);
      }
    }
    return failed ? exit_failure : exit_success;
  }

 private:
  void show(const Session& session, const std::string& url) const {
    auto& output = session.output();
    const auto place = open_prefix(session, url);
    if (place.key.empty()) {
      if (!place.store->bucket_exists()) {
        throw Error(ErrorCode::not_found, "look at", place.describe(), "there is no such bucket",
                    "'wheelyard mb' makes one, 'wheelyard ls' shows those that there are");
      }
      const std::string region = place.store->bucket_location();
      if (output.json()) return output.document(bucket_details_event(place.describe(), region));
      field(output, "url", place.describe());
      return field(output, "region", region);
    }
    const auto info = place.store->head(place.key, access_.headers());
    if (output.json()) return output.document(object_details_event(info, place.describe()));
    field(output, "url", place.describe());
    field(output, "size",
          std::to_string(info.size) + (info.size < 1024 ? "" : " (" + human_size(info.size) + ")"));
    field(output, "modified", iso_seconds(info.last_modified));
    field(output, "etag", info.etag);
    field(output, "storage-class", info.storage_class);
    field(output, "content-type", info.content_type);
    field(output, "cache-control", info.cache_control);
    field(output, "content-encoding", info.content_encoding);
    field(output, "content-disposition", info.content_disposition);
    field(output, "content-language", info.content_language);
    field(output, "expires", info.expires);
    for (const auto& [name, value] : info.vendor) field(output, name, value);
    for (const auto& checksum : info.checksums) {
      field(output, std::string(to_string(checksum.algorithm)),
            to_base64(checksum.value) +
                (checksum.parts == 0 ? "" : " (of " + count_of(checksum.parts, "part") + ")"));
    }
    for (const auto& [name, value] : info.metadata) field(output, "metadata " + name, value);
  }

  static void field(Output& output, const std::string& name, const std::string& value) {
    if (value.empty()) return;
    std::string line = printable(name) + ":";
    line.resize(std::max<std::size_t>(line.size() + 1, 21), ' ');
    output.line(line + printable(value, 8192));
  }

  ReadOptions access_;
  std::vector<std::string> urls_;
};

}  // namespace

Verb stat_verb() {
  return {
      .name = "stat",
      .alias = "head",
      .summary = "show an object's size, headers, metadata and checksums",
      .description =
          "What the server tells of an object without its bytes (S3's HEAD), or of a bucket. Checksums are "
          "as "
          "S3 writes them, in base64.\n\nUnder --json a line for each: \"object\" or \"bucket\".",
      .examples = {{"wheelyard stat s3://acme-data/report.pdf", "an object"},
                   {"wheelyard stat --json s3://acme-data/report.pdf", "the same for a program"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Stat>()); },
  };
}

}  // namespace wheelyard::cli
