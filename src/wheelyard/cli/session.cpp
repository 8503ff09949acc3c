#include "wheelyard/cli/session.hpp"

#include <chrono>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/wrong_input.hpp"
#include "wheelyard/config/settings.hpp"
#include "wheelyard/index/layout.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::size_t progress_width = 79;
constexpr std::size_t most_named =
    5;  // projects in the line to install with; of more, the first stands for all

std::string request_line(const http::RequestLogEntry& entry) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(entry.duration).count();
  std::string line = entry.method + " " + entry.url + " ";
  line += entry.status != 0 ? std::to_string(entry.status) : "failed (" + entry.failure + ")";
  line += " " + std::to_string(milliseconds) + " ms";
  if (entry.bytes_sent > 0) line += ", " + human_size(entry.bytes_sent) + " sent";
  if (entry.attempt > 1) line += ", attempt " + std::to_string(entry.attempt);
  return line;
}

std::string progress_text(const std::string& verb, Session::Counted counted, const ProgressEvent& event) {
  const auto shown = [counted](std::uint64_t number) {
    return counted == Session::Counted::bytes ? human_size(number) : std::to_string(number);
  };
  std::string text = verb;
  if (event.total > 0) text += " " + shown(event.done) + "/" + shown(event.total);
  if (!event.item.empty()) text += "  " + printable(event.item);
  if (text.size() > progress_width) text.resize(progress_width);
  return text;
}

}  // namespace

store::StoreSettings Session::store_settings() const {
  store::StoreSettings settings;
  settings.aws.endpoint_url = options_.endpoint_url;
  settings.aws.region = options_.region;
  settings.aws.profile = options_.profile;
  settings.aws.anonymous = options_.no_sign_request;
  settings.environment = environment_;
  if (options_.verbose) {
    settings.log = [&output = output_](const http::RequestLogEntry& entry) {
      output.diagnostic(output.paint_err(Style::dim, printable(request_line(entry))));
    };
  }
  return settings;
}

OpenedRepository Session::open_repository() const {
  config::Setting setting;
  try {
    setting = config::repository_url(options_.repo, environment_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw UsageError("no repository is given", error.hint().empty()
                                                   ? "say --repo s3://bucket/prefix or set WHEELYARD_REPO"
                                                   : error.hint());
  }
  return take_input([&] { return open_repository(setting.value, store_settings()); });
}

OpenedRepository Session::open_repository(std::string_view url, const store::StoreSettings& settings) const {
  auto location = store::open_store(url, settings);
  return {std::make_shared<index::Repository>(location.store, location.prefix), location.url};
}

transfer::Place Session::place(std::string_view text) const {
  return take_input([&]() -> transfer::Place {
    const auto object = store::parse_object_url(text);
    if (!object) return transfer::parse_place(text, store_settings());
    if (const auto known = buckets_.find(object->bucket_url); known != buckets_.end()) {
      return {.kind = transfer::Place::Kind::store,
              .store = known->second,
              .key = object->key,
              .names_folder = object->key.empty() || object->key.ends_with('/')};
    }
    auto place = transfer::parse_place(text, store_settings());
    buckets_[object->bucket_url] = place.store;
    return place;
  });
}

void Session::check_readable(const OpenedRepository& opened) const {
  auto& store = opened.repository->store();
  const std::string& prefix = opened.repository->prefix();
  if (store::find_info(store, index::Layout(prefix).root_json())) return;
  // A request for one object cannot tell a missing bucket from a missing object everywhere; a listing can.
  if (!store::any_below(store, prefix)) output_.note("nothing is published in " + opened.url + " yet");
}

ProgressSink Session::progress(std::string verb, Counted counted) const {
  // Nothing is drawn for work that is done at once.
  auto drawn = std::chrono::steady_clock::now();
  return [&output = output_, verb = std::move(verb), counted, silent = options_.verbose,
          drawn](const ProgressEvent& event) mutable {
    check_interrupt();
    if (event.kind == ProgressEvent::Kind::note) {
      output.note(printable(event.message));
      return;
    }
    const auto time = std::chrono::steady_clock::now();
    if (silent || time - drawn < redraw_interval) return;
    drawn = time;
    output.progress(progress_text(verb, counted, event));
  };
}

std::string Session::install_command(std::string_view repository_url,
                                     const std::vector<std::string>& projects) const {
  std::string command = "wheelyard exec --repo " + shell_word(repository_url);
  const auto add = [&command](std::string_view option, const std::string& value) {
    if (!value.empty()) command += " " + std::string(option) + " " + shell_word(value);
  };
  add("--endpoint-url", options_.endpoint_url);
  add("--region", options_.region);
  add("--profile", options_.profile);
  if (options_.no_sign_request) command += " --no-sign-request";
  command += " -- pip install";
  const std::size_t shown = projects.size() > most_named ? 1 : projects.size();
  for (std::size_t i = 0; i < shown; ++i) command += " " + shell_word(projects[i]);
  return command;
}

}  // namespace wheelyard::cli
