#include <mutex>
#include <set>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/cli/compat/s3util_options.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/config/settings.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t workers = 4;

/// s3upload of ilabs.s3util 0.6.7: any files, by name, under a prefix.
class S3upload : public Command {
 public:
  void declare(OptionSet& options) override {
    s3util_.declare(options, "where to: s3://bucket/prefix");
    options.value(acl_, {.name = "acl",
                         .letter = 'a',
                         .value_name = "ACL",
                         .help = "a canned ACL; public-read lets everybody read the files"});
  }

  int run(Session& session) override {
    auto& output = session.output();
    const auto files = compat::find_files(s3util_.masks);
    if (s3util_.target.empty()) {
      throw Error(ErrorCode::invalid_argument, "upload", files.front().string(), "no target is given",
                  "say --target s3://bucket/prefix");
    }
    const std::string target = config::s3util_target(s3util_.target, session.environment()).value;
    const auto location = store::open_store(target, s3util_.store_settings(session));
    const auto items = make_items(files, location.prefix);
    if (!s3util_.force) refuse_existing(*location.store, items);
    transfer::upload_all(*location.store, items, workers, session.progress("uploading"));
    output.progress("");
    print(output, files, items, *location.store);
    return exit_success;
  }

 private:
  std::vector<transfer::UploadItem> make_items(const std::vector<std::filesystem::path>& files,
                                               const std::string& prefix) const {
    std::vector<transfer::UploadItem> items;
    std::set<std::string> keys;
    for (const auto& file : files) {
      transfer::UploadItem item;
      item.body = file_source(file);
      item.key = prefix + file.filename().string();
      item.options.mode = s3util_.force ? store::PutMode::overwrite() : store::PutMode::create();
      item.options.content_type = compat::content_type_of(file);
      item.options.acl = acl_;
      if (!keys.insert(item.key).second) {
        throw Error(ErrorCode::invalid_argument, "upload", file.string(),
                    "another file of the same name is to be uploaded", "name only one of the two");
      }
      items.push_back(std::move(item));
    }
    return items;
  }

  static void refuse_existing(store::ObjectStore& store, const std::vector<transfer::UploadItem>& items) {
    parallel_for(items.size(), workers, [&](std::size_t i) {
      if (!store::find_info(store, items[i].key)) return;
      throw Error(ErrorCode::already_exists, "upload", store.describe(items[i].key),
                  "it is there already, so nothing was uploaded", "say --force to overwrite it");
    });
  }

  void print(Output& output, const std::vector<std::filesystem::path>& files,
             const std::vector<transfer::UploadItem>& items, const store::ObjectStore& store) const {
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < items.size(); ++i) {
      urls.push_back(store.describe(items[i].key));
      output.line("Uploading " + printable(files[i].string()) + " as " +
                  printable(compat::printed_url(urls.back())) + " [" + acl_ + "]");
    }
    if (output.json()) output.document(upload_json(urls));
  }

  compat::S3utilOptions s3util_;
  std::string acl_ = "private";
};

}  // namespace

Verb s3upload_verb() {
  return {
      .name = "s3upload",
      .summary = "ilabs.s3util's command: any files into a bucket",
      .description =
          "Takes what s3upload of ilabs.s3util 0.6.7 takes, and is called when the program runs under the "
          "name "
          "s3upload. Without --force a key that is there already refuses the whole batch.",
      .examples = {{"s3upload 'dist/*' --target s3://acme-public/files --acl public-read --force",
                    "everything in dist, for everybody to read, over what is there"}},
      .common = CommonUse::store,
      .by_name = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<S3upload>()); },
  };
}

}  // namespace wheelyard::cli
