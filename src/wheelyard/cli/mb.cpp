#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Mb : public Command {
 public:
  void declare(OptionSet& options) override {
    options.argument(url_, {.name = "URL", .help = "s3://bucket", .required = true});
  }

  int run(Session& session) override {
    const auto bucket = open_bucket(session, url_.front());
    bucket->make_bucket();
    auto& output = session.output();
    if (output.json()) {
      output.document(text_json({{"made", bucket->describe("")}}));
    } else {
      output.line("made " + bucket->describe(""));
    }
    return exit_success;
  }

 private:
  std::vector<std::string> url_;
};

}  // namespace

Verb mb_verb() {
  return {
      .name = "mb",
      .summary = "make a bucket",
      .description =
          "In the region of --region or of the settings. A name is 3 to 63 lower-case letters, digits, "
          "hyphens and dots.",
      .examples = {{"wheelyard mb s3://acme-data --region eu-central-1", "a bucket in Frankfurt"}},
      .common = CommonUse::store,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Mb>()); },
  };
}

}  // namespace wheelyard::cli
