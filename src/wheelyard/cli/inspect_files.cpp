#include "wheelyard/cli/inspect_files.hpp"

#include <map>
#include <mutex>
#include <optional>

#include "wheelyard/base/worker_pool.hpp"

namespace wheelyard::cli {

InspectedFiles inspect_files(const std::vector<std::filesystem::path>& paths, std::size_t workers,
                             const ProgressSink& progress) {
  std::vector<std::optional<package::Distribution>> found(paths.size());
  std::vector<std::optional<Error>> problems(paths.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(paths.size(), workers, [&](std::size_t i) {
    try {
      found[i] = package::inspect_distribution(paths[i]);
    } catch (const Error& error) {
      problems[i] = error;
    }
    const std::lock_guard lock(mutex);
    ++done;
    if (!progress) return;
    progress({.kind = ProgressEvent::Kind::advanced,
              .item = paths[i].filename().string(),
              .done = done,
              .total = paths.size()});
  });

  InspectedFiles result;
  std::map<std::string, const package::Distribution*> by_name;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (problems[i]) result.errors.push_back(*problems[i]);
    if (!found[i]) continue;
    const auto [place, is_new] = by_name.try_emplace(found[i]->filename, &*found[i]);
    if (is_new) {
      result.distributions.push_back(*found[i]);
    } else if (place->second->sha256 != found[i]->sha256) {
      result.errors.emplace_back(ErrorCode::invalid_argument, "publish", paths[i].string(),
                                 place->second->path.string() + " has the same name and other bytes",
                                 "name only one of the two");
    }
  }
  return result;
}

}  // namespace wheelyard::cli
