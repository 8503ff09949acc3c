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

/// A key of plain parts that no release has.
void check_key(const std::string& key, const PipelineRules& rules) {
  const auto parts = split(key, '/');
  for (const auto part : parts) check_file_name(part);
  if (parts.size() == 1) return;
  const auto holder = parts.front();
  if (holder == "archive" || rules.find(holder) != nullptr) {
    throw Error(ErrorCode::invalid_argument, "write the page to", printable(key),
                "the keys below " + std::string(holder) + "/ hold releases",
                "choose another key, as releases.html");
  }
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
