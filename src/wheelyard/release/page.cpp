#include "wheelyard/release/page.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/staging_folder.hpp"

namespace wheelyard::release {
namespace {

/// Names at once; each has some requests of its own.
constexpr std::size_t names_at_once = 8;

[[noreturn]] void refuse_key(const std::string& key, const std::string& holder) {
  throw Error(ErrorCode::invalid_argument, "write the page to", printable(key, 450),
              "the keys below " + printable(holder, 250) + "/ hold releases",
              "choose another key, as releases.html");
}

std::string first_part(const std::string& key) {
  return key.substr(0, key.find('/'));
}

/// A key of plain parts that no release has. A rank's own name is none either: in a folder, a file of that
/// name would keep releases out.
void check_key(const std::string& key, const PipelineRules& rules) {
  for (const auto part : split(key, '/')) check_file_name(part);
  const auto holder = first_part(key);
  if (holder == "archive" || rules.find(holder) != nullptr) refuse_key(key, holder);
}

/// A rank may hold releases that the rules do not know any more.
void check_ranks(const std::string& key, const std::vector<PagePipeline>& pipelines) {
  const auto holder = first_part(key);
  for (const auto& pipeline : pipelines) {
    for (const auto& rank : pipeline.status.ranks) {
      if (rank.rank == holder) refuse_key(key, holder);
    }
  }
}

/// Nothing but an older page is written over.
void check_is_ours(store::ObjectStore& store, const std::string& key) {
  std::string beginning(page_beginning.size(), '\0');
  std::size_t count = 0;
  try {
    const auto found = store.get(key, {.range = store::ByteRange{0, beginning.size()}, .verify = false});
    while (const auto got = found.body->read(beginning.data() + count, beginning.size() - count))
      count += got;
  } catch (const Error& error) {
    if (store::is_absence(error)) return;
    // Of what is empty there is no range.
    if (error.details().http_status != 416) throw;
  }
  if (count == beginning.size() && beginning == page_beginning) return;
  throw Error(ErrorCode::already_exists, "write the page to", store.describe(key),
              "something is there that is no page of releases",
              "choose another key, or remove what is there: wheelyard rm");
}

/// None where there is no release of that name.
std::optional<PagePipeline> read_pipeline(Pipeline& pipeline, const std::string& name, std::size_t entries) {
  PagePipeline read;
  read.status.name = name;
  try {
    auto status = pipeline.status(name);
    if (!status) return std::nullopt;
    read.status = std::move(*status);
    // A pipeline that another program wrote, and that nobody has taken over yet, has none.
    if (read.status.seq == 0) return read;
    read.entries = pipeline.history({.name = name, .rank = {}, .limit = entries});
    std::ranges::reverse(read.entries);
  } catch (const Error& error) {
    // What is broken is shown as broken; that a server does not answer is no news about a release.
    if (error.code() != ErrorCode::corrupted) throw;
    read.fault = error.what();
  }
  return read;
}

void write_to_folder(const std::filesystem::path& folder, const std::string& key, const std::string& text) {
  const auto path = folder / key;
  StagingFolder staging(path.parent_path());
  {
    const FileDescriptor file = staging.open("page");
    write_all(file.get(), text, path);
  }
  staging.publish({{"page", path.filename().string()}});
}

}  // namespace

PageReport write_page(Pipeline& pipeline, const PageRequest& request) {
  check_key(request.key, pipeline.rules());
  PageContent content;
  content.title = request.title;
  content.made = request.clock();
  const auto names = request.names.empty() ? pipeline.names() : request.names;
  std::vector<std::optional<PagePipeline>> found(names.size());
  std::mutex mutex;
  std::size_t done = 0;
  parallel_for(names.size(), names_at_once, [&](std::size_t i) {
    found[i] = read_pipeline(pipeline, names[i], request.entries);
    if (!found[i] && !request.names.empty()) {
      throw Refused(Refusal::unknown_release, "show", names[i], "no release of that name is here",
                    "'wheelyard release status' lists those that are");
    }
    const std::lock_guard lock(mutex);
    ++done;
    if (request.progress)
      request.progress({ProgressEvent::Kind::advanced, names[i], "read", done, names.size()});
  });

  for (auto& each : found) {
    if (each) content.pipelines.push_back(std::move(*each));
  }

  check_ranks(request.key, content.pipelines);

  const std::string text = render_page(content);
  PageReport report{
      .place = {}, .size = text.size(), .names = content.pipelines.size(), .entries = 0, .unreadable = {}};
  for (const auto& read : content.pipelines) {
    report.entries += read.entries.size();
    if (!read.fault.empty()) report.unreadable.push_back(read.status.name);
  }
  if (request.folder) {
    write_to_folder(*request.folder, request.key, text);
    report.place = (*request.folder / request.key).string();
  } else {
    const std::string key = pipeline.prefix() + request.key;
    check_is_ours(pipeline.store(), key);
    pipeline.store().put(key, bytes_source(text),
                         {.mode = store::PutMode::overwrite(),
                          .content_type = "text/html; charset=utf-8",
                          .cache_control = "no-cache",
                          .content_encoding = {},
                          .acl = request.acl});
    report.place = pipeline.store().describe(key);
  }
  return report;
}

}  // namespace wheelyard::release
