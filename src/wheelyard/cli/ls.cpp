#include <algorithm>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/transfer/filter.hpp"

namespace wheelyard::cli {
namespace {

/// "2026-11-21T09:18:25Z      12345  " and the same for what has neither.
constexpr std::size_t size_width = 12;

/// What is listed: the keys below `folder` whose next part fits `pattern` (empty: begins with `start`).
struct Wanted {
  std::string folder;
  std::string start;
  std::string pattern;

  explicit Wanted(const std::string& key) {
    const std::size_t slash = key.rfind('/');
    folder = slash == std::string::npos ? "" : key.substr(0, slash + 1);
    const std::string last = key.substr(folder.size());
    std::size_t wild = last.find_first_of("*?[");
    // A bracket that is not closed is a letter as any other.
    if (wild != std::string::npos && last[wild] == '[' &&
        last.find_first_of("*?]", wild) == std::string::npos)
      wild = std::string::npos;
    start = last.substr(0, wild);
    if (wild != std::string::npos) pattern = last;
  }

  bool takes(std::string_view key) const {
    if (pattern.empty()) return true;
    const std::string_view rest = key.substr(folder.size());
    const std::string_view part = rest.substr(0, rest.find('/'));
    return part == pattern || transfer::matches(pattern, part);
  }
};

class Ls : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(recursive_,
                 {.name = "recursive", .letter = 'R', .help = "everything below, with whole keys"});
    options.flag(human_, {.name = "human", .letter = 'H', .help = "sizes as 12.3 KiB"});
    options.flag(summarize_, {.name = "summarize", .help = "end with the number of objects and bytes"});
    options.flag(incomplete_,
                 {.name = "incomplete", .help = "uploads that were begun and neither completed nor aborted"});
    access_.declare(options, false);
    options.argument(urls_, {.name = "URL",
                             .help = "s3://bucket/key-prefix, with wildcards in its last part, or a folder; "
                                     "none, or s3://: the buckets",
                             .completes = Completes::files});
  }

  int run(Session& session) override {
    const std::string url = urls_.empty() ? "s3://" : urls_.front();
    if (equals_ignoring_case(url, "s3://")) {
      list_buckets(session);
    } else if (incomplete_) {
      list_unfinished(session, open_prefix(session, url));
    } else {
      list_objects(session, open_prefix(session, url));
    }
    return exit_success;
  }

 private:
  std::string size_text(std::uint64_t size) const { return human_ ? human_size(size) : std::to_string(size); }

  void row(Output& output, std::string_view time, std::string_view size, std::string_view name) const {
    std::string line(time);
    line.resize(std::max<std::size_t>(line.size(), 20), ' ');
    line.append(size.size() < size_width ? size_width - size.size() : 0, ' ');
    output.line(line.append(" ").append(size).append("  ").append(printable(name, name.size() * 4 + 1)));
  }

  void list_buckets(Session& session) const {
    if (recursive_ || incomplete_) {
      throw UsageError("this lists the buckets",
                       "name one to see what is in it: wheelyard ls -R s3://bucket");
    }
    auto& output = session.output();
    std::uint64_t count = 0;
    for (const auto& bucket : store::list_buckets(session.store_settings())) {
      ++count;
      if (output.json()) {
        output.document(bucket_event(bucket));
      } else {
        output.line(iso_seconds(bucket.created) + "  " + printable(bucket.name));
      }
    }
    if (output.json()) output.document(listing_summary_event(0, count, 0));
    if (summarize_) output.line("\n" + count_of(count, "bucket"));
  }

  void list_unfinished(Session& session, const ObjectPlace& place) const {
    auto& output = session.output();
    const auto uploads = place.store->unfinished_uploads(place.key);
    for (const auto& upload : uploads) {
      const std::string url = place.store->describe(upload.key);
      if (output.json()) {
        output.document(unfinished_event(upload, url));
      } else {
        output.line(iso_seconds(upload.begun) + "  " + printable(upload.id, 2000) + "  " + printable(url));
      }
    }
    if (output.json()) output.document(listing_summary_event(uploads.size(), 0, 0));
    if (summarize_) output.line("\n" + count_of(uploads.size(), "unfinished upload"));
    if (!uploads.empty()) {
      output.note("'wheelyard rm --incomplete --recursive " + shell_word(place.describe()) + "' aborts " +
                  (uploads.size() == 1 ? "it" : "them"));
    }
  }

  void list_objects(Session& session, const ObjectPlace& place) const {
    const Wanted wanted(place.key);
    auto& output = session.output();
    std::uint64_t objects = 0;
    std::uint64_t prefixes = 0;
    std::uint64_t bytes = 0;
    const auto lister = place.store->list({.prefix = wanted.folder + wanted.start,
                                           .delimiter = recursive_ ? "" : "/",
                                           .start_after = {},
                                           .page_size = 1000,
                                           .vendor = access_.headers()});
    while (const auto page = lister->next()) {
      check_interrupt();
      // Folders and objects in one order, by their keys.
      auto prefix = page->prefixes.begin();
      const auto show_prefixes_before = [&](const std::string* key) {
        for (; prefix != page->prefixes.end() && (key == nullptr || *prefix < *key); ++prefix) {
          if (!wanted.takes(*prefix)) continue;
          ++prefixes;
          show_prefix(output, place, *prefix, wanted);
        }
      };
      for (const auto& info : page->objects) {
        show_prefixes_before(&info.key);
        if (!wanted.takes(info.key)) continue;
        ++objects;
        bytes += info.size;
        show_object(output, place, info, wanted);
      }
      show_prefixes_before(nullptr);
    }
    if (objects + prefixes == 0 && !place.key.empty()) {
      throw Error(ErrorCode::not_found, "list", place.describe(), "no key begins so",
                  "'wheelyard ls' of what stands before it shows the names that there are");
    }
    if (output.json()) output.document(listing_summary_event(objects, prefixes, bytes));
    if (summarize_)
      output.line("\n" + count_of(objects, "object") + ", " +
                  (human_ ? human_size(bytes) : count_of(bytes, "byte")));
  }

  void show_prefix(Output& output, const ObjectPlace& place, const std::string& prefix,
                   const Wanted& wanted) const {
    if (output.json()) return output.document(prefix_event(prefix, place.store->describe(prefix)));
    row(output, "", "PRE", prefix.substr(wanted.folder.size()));
  }

  void show_object(Output& output, const ObjectPlace& place, const store::ObjectInfo& info,
                   const Wanted& wanted) const {
    if (output.json()) return output.document(object_event(info, place.store->describe(info.key)));
    row(output, iso_seconds(info.last_modified), size_text(info.size),
        recursive_ ? info.key : info.key.substr(wanted.folder.size()));
  }

  bool recursive_ = false;
  bool human_ = false;
  bool summarize_ = false;
  bool incomplete_ = false;
  ReadOptions access_;
  std::vector<std::string> urls_;
};

}  // namespace

Verb ls_verb() {
  return {
      .name = "ls",
      .summary = "list buckets, objects, unfinished uploads",
      .description =
          "Each object with the time of its last change (UTC), its size in bytes and its name below the last "
          "slash of what was asked for; what lies deeper is folded into lines with PRE. Under --recursive "
          "everything is shown, with whole keys. 's3://bucket/lo' lists all that begins with 'lo'.\n\n"
          "Under --json an event a line: \"object\", \"prefix\", \"bucket\" or \"upload\", and \"summary\" "
          "at "
          "the end.",
      .examples = {{"wheelyard ls", "the buckets"},
                   {"wheelyard ls s3://acme-data/logs/", "one level"},
                   {"wheelyard ls -R --human --summarize s3://acme-data/logs/", "everything below"},
                   {"wheelyard ls 's3://acme-data/logs/2026-*.gz'", "what fits a pattern"},
                   {"wheelyard ls --incomplete s3://acme-data", "uploads that nobody ended"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Ls>()); },
  };
}

}  // namespace wheelyard::cli
