#include <charconv>

#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/transfer/read_object.hpp"

namespace wheelyard::cli {
namespace {

class StandardOutput : public ByteSink {
 public:
  explicit StandardOutput(Output& output) : output_(output) {}
  void write(std::string_view bytes) override {
    check_interrupt();
    output_.bytes(bytes);
  }

 private:
  Output& output_;
};

/// "0-99", "100-", or "-100" for the last bytes.
struct RequestedRange {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;

  static RequestedRange parse(const std::string& text) {
    RequestedRange range;
    const std::size_t dash = text.find('-');
    if (dash != std::string::npos) {
      range.first = number(text.substr(0, dash));
      range.last = number(text.substr(dash + 1));
    }
    const bool complete = dash != std::string::npos && (range.first || dash == 0) &&
                          (range.last || dash + 1 == text.size()) && (range.first || range.last);
    if (!complete || (range.first && range.last && *range.last < *range.first) ||
        (!range.first && *range.last == 0)) {
      throw UsageError("--range cannot be '" + text + "'",
                       "write 0-99 for the first hundred bytes, 100- for what follows, -100 for the last");
    }
    return range;
  }

  store::ByteRange of(store::ObjectStore& store, const std::string& key,
                      const store::VendorHeaders& access) const {
    if (!first) {
      const std::uint64_t size = store.head(key, access).size;
      return {.offset = size - std::min(size, *last), .length = {}};
    }
    store::ByteRange range{.offset = *first, .length = {}};
    if (last) range.length = *last - *first + 1;
    return range;
  }

 private:
  static std::optional<std::uint64_t> number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || stop != text.data() + text.size() || value > INT64_MAX) return std::nullopt;
    return value;
  }
};

class Cat : public Command {
 public:
  void declare(OptionSet& options) override {
    options.value(range_,
                  {.name = "range",
                   .value_name = "FIRST-LAST",
                   .help = "only these bytes, counted from 0: 0-99, 100- or -100 (the last hundred)"});
    access_.declare(options);
    options.argument(urls_, {.name = "URL",
                             .help = "s3://bucket/key, or a file",
                             .required = true,
                             .repeatable = true,
                             .completes = Completes::files});
  }

  int run(Session& session) override {
    auto& output = session.output();
    if (output.json()) throw UsageError("what cat prints is the object itself", "leave --json away");
    std::optional<RequestedRange> range;
    if (range_) range = RequestedRange::parse(*range_);
    StandardOutput sink(output);
    bool failed = false;
    for (const auto& url : urls_) {
      const auto place = open_object(session, url);
      store::GetOptions options;
      options.vendor = access_.headers();
      try {
        if (range) options.range = range->of(*place.store, place.key, options.vendor);
        transfer::read_object(*place.store, place.key, options, sink);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        failed = true;
        print_error(output, error);
      }
    }
    return failed ? exit_failure : exit_success;
  }

 private:
  std::optional<std::string> range_;
  ReadOptions access_;
  std::vector<std::string> urls_;
};

}  // namespace

Verb cat_verb() {
  return {
      .name = "cat",
      .summary = "print objects to standard output",
      .description =
          "One after the other, checked against the checksums that the store keeps. A reader that goes away "
          "ends it quietly.",
      .examples = {{"wheelyard cat s3://acme-data/report.csv", "an object"},
                   {"wheelyard cat --range 0-511 s3://acme-data/disk.img", "its first 512 bytes"}},
      .common = CommonUse::store,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Cat>()); },
  };
}

}  // namespace wheelyard::cli
