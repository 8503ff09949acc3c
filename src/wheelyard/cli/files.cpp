#include "wheelyard/cli/files.hpp"

#include <algorithm>
#include <set>

#include <glob.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/filename.hpp"

namespace wheelyard::cli {
namespace {

namespace fs = std::filesystem;

Error nothing_there(const std::string& argument, std::string reason) {
  return Error(
      ErrorCode::not_found, "find files to publish in", argument, std::move(reason),
      "name wheels (.whl) and sdists (.tar.gz), a folder that holds some, or a glob such as 'dist/*'");
}

std::vector<fs::path> distributions_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code problem;
  fs::directory_iterator entries(folder, problem);
  if (problem) throw nothing_there(folder.string(), problem.message());
  for (const auto& entry : entries) {
    if (entry.is_regular_file(problem) &&
        package::looks_like_distribution(entry.path().filename().string())) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

std::vector<fs::path> expand_glob(const std::string& pattern) {
  std::error_code problem;
  if (fs::exists(pattern, problem)) return {pattern};
  glob_t matches{};
  const int outcome = glob(pattern.c_str(), 0, nullptr, &matches);
  std::vector<fs::path> found;
  if (outcome == 0) found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  return found;
}

std::vector<fs::path> find_distributions(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& path) {
    if (seen.insert(path.lexically_normal()).second) files.push_back(path);
  };
  for (const auto& argument : arguments) {
    const auto paths = expand_glob(argument);
    const bool is_glob = paths.size() != 1 || paths.front() != argument;
    if (paths.empty()) throw nothing_there(argument, "there is no such file or folder");
    std::size_t added = 0;
    for (const auto& path : paths) {
      std::error_code unreadable;  // told when it is read
      if (!fs::is_directory(path, unreadable)) {
        add(path);
        ++added;
      } else if (!is_glob) {
        const auto inside = distributions_in(path);
        if (inside.empty()) throw nothing_there(argument, "the folder holds no wheel and no sdist");
        std::ranges::for_each(inside, add);
        added += inside.size();
      }
    }
    if (added == 0) throw nothing_there(argument, "it matches folders only");
  }
  return files;
}

}  // namespace wheelyard::cli
