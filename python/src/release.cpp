#include <filesystem>
#include <vector>

#include "module.hpp"
#include "pipeline_handle.hpp"
#include "release_values.hpp"
#include "text.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "wheelyard/release/held.hpp"
#include "wheelyard/release/page.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

nb::object push(PipelineHandle& handle, const std::vector<std::filesystem::path>& files,
                const std::string& name, const std::string& version, const std::string& note, bool take_over,
                nb::handle progress) {
  return to_python(handle.act(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.push({.files = files,
                          .name = name,
                          .version = version,
                          .note = note,
                          .take_over = take_over,
                          .progress = sink});
  }));
}

nb::object promote(PipelineHandle& handle, const std::string& name, const std::string& rank,
                   const std::string& version, const std::string& from, const std::string& expect_digest,
                   const std::string& note, nb::handle progress) {
  return to_python(handle.act(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.promote({.name = name,
                             .version = version,
                             .rank = rank,
                             .from = from,
                             .expect_digest = expect_digest,
                             .note = note,
                             .progress = sink});
  }));
}

nb::object rollback(PipelineHandle& handle, const std::string& name, const std::string& rank,
                    const std::string& version, const std::string& note, nb::handle progress) {
  return to_python(handle.act(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.rollback(
        {.name = name, .rank = rank, .version = version, .note = note, .progress = sink});
  }));
}

nb::object approve(PipelineHandle& handle, const std::string& name, const std::string& rank,
                   const std::string& version, const std::string& from, const std::string& note) {
  return to_python(handle.act(nb::none(), [&](release::Pipeline& pipeline, const ProgressSink&) {
    return pipeline.approve({.name = name, .version = version, .rank = rank, .from = from, .note = note});
  }));
}

void take_over(PipelineHandle& handle, const std::string& name) {
  handle.act(nb::none(), [&](release::Pipeline& pipeline, const ProgressSink&) {
    pipeline.take_over(name);
    return true;
  });
}

nb::list names(PipelineHandle& handle) {
  nb::list result;
  for (const auto& name : handle.look(
           nb::none(), [](release::Pipeline& pipeline, const ProgressSink&) { return pipeline.names(); }))
    result.append(nb::cast(name));
  return result;
}

nb::object status(PipelineHandle& handle, const std::string& name) {
  const auto found = handle.look(
      nb::none(), [&](release::Pipeline& pipeline, const ProgressSink&) { return pipeline.status(name); });
  return found ? to_python(*found) : nb::none();
}

nb::dict held(PipelineHandle& handle, const std::string& name) {
  const auto found = handle.look(nb::none(), [&](release::Pipeline& pipeline, const ProgressSink&) {
    return release::held_releases(pipeline, name);
  });
  nb::dict result;
  for (const auto& [rank, release] : found) {
    auto manifest = release.manifest;
    for (auto& file : manifest.files) file.key.erase(0, handle.prefix().size());
    result[nb::cast(rank)] = to_python(manifest);
  }
  return result;
}

nb::list history(PipelineHandle& handle, const std::string& name, const std::string& rank,
                 std::uint64_t limit) {
  nb::list result;
  for (const auto& entry : handle.look(nb::none(), [&](release::Pipeline& pipeline, const ProgressSink&) {
         return pipeline.history({.name = name, .rank = rank, .limit = limit});
       }))
    result.append(to_python(entry));
  return result;
}

nb::object download(PipelineHandle& handle, const std::string& name, const std::string& rank,
                    const std::filesystem::path& to, const std::string& version, nb::handle progress) {
  return to_python(handle.look(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.download({.name = name, .rank = rank, .version = version, .to = to, .progress = sink});
  }));
}

nb::object diff(PipelineHandle& handle, const std::string& name, const std::string& before,
                const std::string& after, nb::handle progress) {
  return to_python(handle.look(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.diff({.name = name, .before = before, .after = after, .progress = sink});
  }));
}

nb::object prune(PipelineHandle& handle, const std::vector<std::string>& names,
                 std::optional<std::size_t> keep, std::optional<std::int64_t> older_than, bool dry_run,
                 nb::handle progress) {
  return to_python(handle.act(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    release::PruneRequest request{.names = names, .keep = keep, .dry_run = dry_run, .progress = sink};
    if (older_than) request.older_than = std::chrono::seconds(*older_than);
    return pipeline.prune(request);
  }));
}

nb::object verify(PipelineHandle& handle, const std::vector<std::string>& names, bool deep, bool repair,
                  nb::handle progress) {
  const auto work = [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    return pipeline.verify({.names = names, .deep = deep, .repair = repair, .progress = sink});
  };
  return to_python(repair ? handle.act(progress, work) : handle.look(progress, work));
}

nb::tuple page(PipelineHandle& handle, const std::string& key, std::optional<std::filesystem::path> folder,
               const std::vector<std::string>& names, const std::string& title, std::size_t entries,
               const std::string& acl, nb::handle progress) {
  const auto report = handle.look(progress, [&](release::Pipeline& pipeline, const ProgressSink& sink) {
    release::PageRequest request;
    request.names = names;
    request.entries = entries;
    request.title = title;
    request.key = key;
    request.folder = std::move(folder);
    request.acl = acl;
    request.progress = sink;
    return release::write_page(pipeline, request);
  });
  return nb::make_tuple(report.place, report.size, report.names, report.entries, report.unreadable);
}

/// A function whose result is a tuple that only wheelyard/_release.py takes apart.
template <typename Function, typename... Extra>
void def(nb::class_<PipelineHandle>& type, const char* name, Function function, const std::string& signature,
         const Extra&... extra) {
  type.def(name, function, extra..., nb::sig(signature.c_str()));
}

const std::string progress_type =
    "progress: collections.abc.Callable[[str, str, str, int, int], object] | None";

}  // namespace

void bind_release(nb::module_& module) {
  nb::class_<PipelineHandle> type(module, "Pipeline", "What wheelyard.Pipeline stands on.");
  bind_opening(type);
  type.def_prop_ro("url", [](const PipelineHandle& handle) { return handle.url(); });
  type.def_prop_ro(
      "ranks",
      [](const PipelineHandle& handle) {
        nb::list ranks;
        for (const auto& rank : handle.rules().ranks) ranks.append(nb::cast(rank.rank));
        return ranks;
      },
      nb::sig("def ranks(self) -> list[str]"));
  const std::string result = ") -> tuple[typing.Any, ...]";
  def(type, "push", push,
      "def push(self, files: collections.abc.Sequence[str | os.PathLike[str]], name: str, version: str, "
      "note: str, take_over: bool, " +
          progress_type + result,
      nb::arg("files"), nb::arg("name"), nb::arg("version"), nb::arg("note"), nb::arg("take_over"),
      nb::arg("progress").none());
  def(type, "promote", promote,
      "def promote(self, name: str, rank: str, version: str, from_rank: str, expect_digest: str, note: "
      "str, " +
          progress_type + result,
      nb::arg("name"), nb::arg("rank"), nb::arg("version"), nb::arg("from_rank"), nb::arg("expect_digest"),
      nb::arg("note"), nb::arg("progress").none());
  def(type, "rollback", rollback,
      "def rollback(self, name: str, rank: str, version: str, note: str, " + progress_type + result,
      nb::arg("name"), nb::arg("rank"), nb::arg("version"), nb::arg("note"), nb::arg("progress").none());
  def(type, "approve", approve,
      "def approve(self, name: str, rank: str, version: str, from_rank: str, note: str" + result,
      nb::arg("name"), nb::arg("rank"), nb::arg("version"), nb::arg("from_rank"), nb::arg("note"));
  def(type, "take_over", take_over, "def take_over(self, name: str) -> None", nb::arg("name"));
  def(type, "names", names, "def names(self) -> list[str]");
  def(type, "status", status, "def status(self, name: str) -> tuple[typing.Any, ...] | None",
      nb::arg("name"));
  def(type, "held", held, "def held(self, name: str) -> dict[str, tuple[typing.Any, ...]]", nb::arg("name"));
  def(type, "history", history,
      "def history(self, name: str, rank: str, limit: int) -> list[tuple[typing.Any, ...]]", nb::arg("name"),
      nb::arg("rank"), nb::arg("limit"));
  def(type, "download", download,
      "def download(self, name: str, rank: str, to: str | os.PathLike[str], version: str, " + progress_type +
          result,
      nb::arg("name"), nb::arg("rank"), nb::arg("to"), nb::arg("version"), nb::arg("progress").none());
  def(type, "diff", diff, "def diff(self, name: str, before: str, after: str, " + progress_type + result,
      nb::arg("name"), nb::arg("before"), nb::arg("after"), nb::arg("progress").none());
  def(type, "prune", prune,
      "def prune(self, names: collections.abc.Sequence[str], keep: int | None, older_than: int | None, "
      "dry_run: bool, " +
          progress_type + result,
      nb::arg("names"), nb::arg("keep").none(), nb::arg("older_than").none(), nb::arg("dry_run"),
      nb::arg("progress").none());
  def(type, "verify", verify,
      "def verify(self, names: collections.abc.Sequence[str], deep: bool, repair: bool, " + progress_type +
          result,
      nb::arg("names"), nb::arg("deep"), nb::arg("repair"), nb::arg("progress").none());
  def(type, "page", page,
      "def page(self, key: str, folder: str | os.PathLike[str] | None, names: collections.abc.Sequence[str], "
      "title: str, entries: int, acl: str, " +
          progress_type + result,
      nb::arg("key"), nb::arg("folder").none(), nb::arg("names"), nb::arg("title"), nb::arg("entries"),
      nb::arg("acl"), nb::arg("progress").none());
}

}  // namespace wheelyard::python
