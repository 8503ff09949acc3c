#include <limits>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

struct Usage {
  std::string prefix;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
};

class Du : public Command {
 public:
  void declare(OptionSet& options) override {
    options.number(depth_, 0, std::numeric_limits<std::uint32_t>::max(),
                   {.name = "depth",
                    .letter = 'd',
                    .value_name = "N",
                    .help = "a line for each folder down to so many levels below, too"});
    options.flag(human_, {.name = "human", .letter = 'H', .help = "sizes as 12.3 KiB"});
    access_.declare(options, false);
    options.argument(urls_, {.name = "URL",
                             .help = "s3://bucket/key-prefix, or a folder",
                             .required = true,
                             .repeatable = true,
                             .completes = Completes::folders});
  }

  int run(Session& session) override {
    Usage all;
    for (const auto& url : urls_) {
      const Usage one = measure(session.output(), open_prefix(session, url));
      all.objects += one.objects;
      all.bytes += one.bytes;
    }
    if (session.output().json()) session.output().document(listing_summary_event(all.objects, 0, all.bytes));
    return exit_success;
  }

 private:
  /// Keys come in byte order, so those of a folder come together: one sum a level is all that is kept.
  Usage measure(Output& output, const ObjectPlace& place) const {
    std::vector<Usage> open{{.prefix = place.key}};
    const auto close_down_to = [&](std::size_t levels) {
      while (open.size() > levels) {
        const Usage done = std::move(open.back());
        open.pop_back();
        open.back().objects += done.objects;
        open.back().bytes += done.bytes;
        show(output, place, done);
      }
    };
    const auto lister = place.store->list({.prefix = place.key,
                                           .delimiter = {},
                                           .start_after = {},
                                           .page_size = 1000,
                                           .vendor = access_.headers()});
    while (const auto page = lister->next()) {
      check_interrupt();
      for (const auto& info : page->objects) {
        while (!info.key.starts_with(open.back().prefix)) close_down_to(open.size() - 1);
        for (std::size_t slash = next_slash(info.key, open.back().prefix);
             open.size() <= depth_ && slash != std::string::npos;
             slash = next_slash(info.key, open.back().prefix)) {
          open.push_back({.prefix = info.key.substr(0, slash + 1)});
        }
        ++open.back().objects;
        open.back().bytes += info.size;
      }
    }
    close_down_to(1);
    if (open.front().objects == 0 && !place.key.empty()) {
      throw Error(ErrorCode::not_found, "measure", place.describe(), "no key begins so",
                  "'wheelyard ls' of what stands before it shows the names that there are");
    }
    show(output, place, open.front());
    return open.front();
  }

  /// The slash behind the next part of `key`. One that begins the rest belongs to the prefix's own level.
  static std::size_t next_slash(const std::string& key, const std::string& prefix) {
    const bool inside = prefix.empty() || prefix.ends_with('/');
    return key.find('/', inside ? prefix.size() : std::max<std::size_t>(prefix.size(), 1));
  }

  void show(Output& output, const ObjectPlace& place, const Usage& usage) const {
    const std::string url = place.store->describe(usage.prefix);
    if (output.json()) return output.document(usage_event(url, usage.objects, usage.bytes));
    std::string size = human_ ? human_size(usage.bytes) : std::to_string(usage.bytes);
    size.insert(0, size.size() < 12 ? 12 - size.size() : 0, ' ');
    std::string count = std::to_string(usage.objects);
    count.insert(0, count.size() < 9 ? 9 - count.size() : 0, ' ');
    output.line(size + " " + count + "  " + printable(url, 4096));
  }

  std::uint64_t depth_ = 0;
  bool human_ = false;
  ReadOptions access_;
  std::vector<std::string> urls_;
};

}  // namespace

Verb du_verb() {
  return {
      .name = "du",
      .summary = "how much is stored below a prefix",
      .description =
          "Bytes and number of objects of all that begins so. With --depth also of each folder, the deepest "
          "first.\n\nUnder --json an event a line: \"usage\", and \"summary\" at the end.",
      .examples = {{"wheelyard du --human s3://acme-data", "the whole bucket"},
                   {"wheelyard du --depth 1 s3://acme-data/logs/", "and each folder in logs/"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Du>()); },
  };
}

}  // namespace wheelyard::cli
