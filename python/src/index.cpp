#include <filesystem>
#include <vector>

#include "module.hpp"
#include "objects.hpp"
#include "progress_call.hpp"
#include "store_handle.hpp"
#include "text.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/index/repository.hpp"
#include "wheelyard/package/distribution.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/marker_environments.hpp"
#include "wheelyard/package/name.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

/// What `Repository` in Python stands on. Its functions return tuples; wheelyard/_index.py gives them names.
class RepositoryHandle {
 public:
  RepositoryHandle(const std::string& url, store::StoreSettings settings) {
    settings.on_wait = check_stopped;
    auto location = store::open_store(url, settings);
    url_ = location.url;
    repository_ = std::make_shared<index::Repository>(std::move(location.store), std::move(location.prefix));
  }

  const std::string& url() const { return url_; }
  index::Repository& repository() const { return *repository_; }

  /// Runs `work` on the repository. `progress` is None or what takes the members of a ProgressEvent.
  template <typename Work>
  auto run(nb::handle progress, Work work) {
    return with_progress(progress, [&](const ProgressSink& sink) { return work(*repository_, sink); });
  }

 private:
  std::string url_;
  std::shared_ptr<index::Repository> repository_;
};

nb::list text_list(const std::vector<std::string>& texts) {
  nb::list result;
  for (const auto& text : texts) result.append(nb::cast(text));
  return result;
}

nb::tuple publish(RepositoryHandle& handle, const std::vector<std::filesystem::path>& paths, bool force,
                  bool dry_run, bool refuse_existing, const std::string& acl, std::size_t jobs,
                  nb::handle progress) {
  const auto report = handle.run(progress, [&](index::Repository& repository, const ProgressSink& sink) {
    index::PublishRequest request;
    request.distributions.resize(paths.size());
    parallel_for(paths.size(), jobs,
                 [&](std::size_t i) { request.distributions[i] = package::inspect_distribution(paths[i]); });
    request.force = force;
    request.dry_run = dry_run;
    request.refuse_existing = refuse_existing;
    request.acl = acl;
    request.workers = jobs;
    request.progress = sink;
    return repository.publish(request);
  });
  nb::list files;
  for (const auto& file : report.files) {
    files.append(nb::make_tuple(to_string(file.outcome), file.project, file.filename, file.version, file.key,
                                file.sha256, file.size));
  }
  return nb::make_tuple(files, text_list(report.projects));
}

nb::list selected(const index::SelectReport& report) {
  nb::list files;
  for (const auto& file : report.files) {
    files.append(nb::make_tuple(file.project, file.filename, file.changed));
  }
  return files;
}

nb::list yank(RepositoryHandle& handle, const std::vector<std::string>& specs, bool yanked,
              const std::string& reason, bool dry_run, const std::string& acl) {
  return selected(handle.run(nb::none(), [&](index::Repository& repository, const ProgressSink&) {
    index::YankRequest request;
    request.specs = specs;
    request.dry_run = dry_run;
    request.acl = acl;
    request.yanked = yanked;
    request.reason = reason;
    return repository.yank(request);
  }));
}

nb::list remove(RepositoryHandle& handle, const std::vector<std::string>& specs, bool dry_run,
                const std::string& acl) {
  return selected(handle.run(nb::none(), [&](index::Repository& repository, const ProgressSink&) {
    index::SelectRequest request;
    request.specs = specs;
    request.dry_run = dry_run;
    request.acl = acl;
    return repository.remove(request);
  }));
}

nb::tuple verify(RepositoryHandle& handle, const std::vector<std::string>& projects, bool deep, bool repair,
                 bool dry_run, const std::string& acl, std::size_t jobs, nb::handle progress) {
  const auto report = handle.run(progress, [&](index::Repository& repository, const ProgressSink& sink) {
    index::VerifyRequest request;
    for (const auto& project : projects) request.projects.push_back(package::normalize_name(project));
    request.deep = deep;
    request.repair = repair;
    request.dry_run = dry_run;
    request.acl = acl;
    request.workers = jobs;
    request.progress = sink;
    return repository.verify(request);
  });
  nb::list problems;
  for (const auto& problem : report.problems) {
    problems.append(nb::make_tuple(problem.kind, problem.project, problem.item, problem.detail,
                                   to_string(problem.state), problem.action));
  }
  return nb::make_tuple(report.clean(), report.projects, report.files, report.bytes_read, problems);
}

nb::tuple promote(RepositoryHandle& source, RepositoryHandle& target, const std::vector<std::string>& specs,
                  bool with_dependencies, const std::vector<std::string>& pythons,
                  const std::vector<std::string>& platforms, bool yanked, bool dry_run,
                  const std::string& acl, std::size_t jobs, nb::handle progress) {
  const auto report = target.run(progress, [&](index::Repository& repository, const ProgressSink& sink) {
    index::PromoteRequest request;
    request.specs = specs;
    request.with_dependencies = with_dependencies;
    request.environments = package::marker_environments(pythons, platforms);
    request.yanked = yanked;
    request.dry_run = dry_run;
    request.acl = acl;
    request.workers = jobs;
    request.progress = sink;
    return repository.promote_from(source.repository(), request);
  });
  nb::list files;
  for (const auto& file : report.files) {
    files.append(nb::make_tuple(to_string(file.outcome), file.project, file.filename, file.version,
                                file.sha256, file.size, file.yanked, text_or_none(file.needed_by)));
  }
  nb::list left;
  for (const auto& one : report.left)
    left.append(nb::make_tuple(one.requirement, one.needed_by, text_or_none(one.held)));
  return nb::make_tuple(files, text_list(report.projects), left, text_list(report.warnings));
}

nb::list projects(RepositoryHandle& handle) {
  const auto root = handle.run(
      nb::none(), [](index::Repository& repository, const ProgressSink&) { return repository.read_root(); });
  return text_list(root.projects);
}

nb::object file_version(const index::FileEntry& file, const std::string& project) {
  const auto parsed = package::parse_filename_of(file.filename, project);
  return parsed ? nb::cast(parsed->version.to_string()) : nb::none();
}

nb::list files(RepositoryHandle& handle, const std::string& project) {
  const std::string name = package::normalize_name(project);
  const auto read = handle.run(nb::none(), [&](index::Repository& repository, const ProgressSink&) {
    return repository.read_project(name);
  });
  if (!read) {
    throw Error(ErrorCode::not_found, "list the files of", name,
                "there is no such project in " + handle.url(), "projects() names those that there are");
  }
  nb::list result;
  for (const auto& file : read->page.files) {
    nb::dict hashes;
    for (const auto& [algorithm, digest] : file.hashes) hashes[nb::cast(algorithm)] = nb::cast(digest);
    result.append(nb::make_tuple(
        file.filename, file_version(file, name), file.size ? nb::cast(*file.size) : nb::none(),
        file.upload_time ? to_datetime(*file.upload_time) : nb::none(), text_or_none(file.requires_python),
        file.yanked, text_or_none(file.yanked_reason), hashes, file.has_metadata, file.url));
  }
  return result;
}

}  // namespace

void bind_index(nb::module_& module) {
  nb::class_<RepositoryHandle> type(module, "Repository", "What wheelyard.Repository stands on.");
  type.def(
      "__init__",
      [](RepositoryHandle* place, const nb::object& url, const nb::kwargs& arguments) {
        nb::dict left = arguments;
        auto settings = take_store_settings(left);
        refuse_rest(left, "Repository");
        const nb::object text = nb::steal(PyOS_FSPath(url.ptr()));
        if (!text.is_valid()) throw nb::python_error();
        std::construct_at(place, nb::cast<std::string>(text), std::move(settings));
      },
      nb::arg("url"), nb::arg("arguments"),
      nb::sig("def __init__(self, url: str | os.PathLike[str], **arguments: typing.Any) -> None"));
  type.def_prop_ro("url", [](const RepositoryHandle& handle) { return handle.url(); });
  type.def("publish", publish, nb::arg("paths"), nb::arg("force"), nb::arg("dry_run"),
           nb::arg("refuse_existing"), nb::arg("acl"), nb::arg("jobs"), nb::arg("progress").none(),
           nb::sig("def publish(self, paths: collections.abc.Sequence[str | os.PathLike[str]], force: bool, "
                   "dry_run: bool, refuse_existing: bool, acl: str, jobs: int, progress: "
                   "collections.abc.Callable[[str, str, str, int, int], object] | None) -> "
                   "tuple[list[tuple[str, str, str, str, str, str, int]], list[str]]"));
  type.def(
      "yank", yank, nb::arg("specs"), nb::arg("yanked"), nb::arg("reason"), nb::arg("dry_run"),
      nb::arg("acl"),
      nb::sig(
          "def yank(self, specs: collections.abc.Sequence[str], yanked: bool, reason: str, dry_run: bool, "
          "acl: str) -> list[tuple[str, str, bool]]"));
  type.def("remove", remove, nb::arg("specs"), nb::arg("dry_run"), nb::arg("acl"),
           nb::sig("def remove(self, specs: collections.abc.Sequence[str], dry_run: bool, acl: str) -> "
                   "list[tuple[str, str, bool]]"));
  type.def(
      "verify", verify, nb::arg("projects"), nb::arg("deep"), nb::arg("repair"), nb::arg("dry_run"),
      nb::arg("acl"), nb::arg("jobs"), nb::arg("progress").none(),
      nb::sig(
          "def verify(self, projects: collections.abc.Sequence[str], deep: bool, repair: bool, dry_run: "
          "bool, acl: str, jobs: int, progress: collections.abc.Callable[[str, str, str, int, int], object] "
          "| None) -> tuple[bool, int, int, int, list[tuple[str, str, str, str, str, str]]]"));
  type.def(
      "promote", promote, nb::arg("target"), nb::arg("specs"), nb::arg("with_dependencies"),
      nb::arg("pythons"), nb::arg("platforms"), nb::arg("yanked"), nb::arg("dry_run"), nb::arg("acl"),
      nb::arg("jobs"), nb::arg("progress").none(),
      nb::sig(
          "def promote(self, target: Repository, specs: collections.abc.Sequence[str], with_dependencies: "
          "bool, pythons: collections.abc.Sequence[str], platforms: collections.abc.Sequence[str], yanked: "
          "bool, dry_run: bool, acl: str, jobs: int, progress: collections.abc.Callable[[str, str, str, "
          "int, int], object] | None) -> tuple[list[tuple[str, str, str, str, str, int, bool, str | "
          "None]], list[str], list[tuple[str, str, str | None]], list[str]]"));
  type.def("projects", projects, nb::sig("def projects(self) -> list[str]"));
  type.def(
      "files", files, nb::arg("project"),
      nb::sig("def files(self, project: str) -> list[tuple[str, str | None, int | None, datetime.datetime | "
              "None, str | None, bool, str | None, dict[str, str], bool, str]]"));
}

}  // namespace wheelyard::python
