#include "wheelyard/transfer/transfer.hpp"

#include <optional>
#include <vector>

#include "errors.hpp"
#include "long_call.hpp"
#include "module.hpp"
#include "objects.hpp"
#include "store_handle.hpp"
#include "text.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string_view.h>

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

using transfer::ItemEvent;

/// Failed items that a report names; all are counted.
constexpr std::size_t most_failures = 1000;

/// The members of TransferItem, in its order.
nb::tuple item_members(const ItemEvent& event) {
  return nb::make_tuple(to_string(event.action), to_string(event.outcome), event.source, event.target,
                        event.size, text_or_none(event.etag), event.reason,
                        event.error ? to_exception(*event.error) : nb::none());
}

template <typename Value>
void take(nb::dict& arguments, const char* name, Value& target) {
  PyObject* found = PyDict_GetItemString(arguments.ptr(), name);
  if (found == nullptr) return;
  const nb::object value = nb::borrow(found);
  if (PyDict_DelItemString(arguments.ptr(), name) != 0) throw nb::python_error();
  if (value.is_none()) return;
  if (!nb::try_cast(value, target)) {
    throw nb::type_error((std::string(name) + " cannot be " + nb::repr(value).c_str()).c_str());
  }
}

transfer::TransferOptions take_options(nb::dict& arguments) {
  transfer::TransferOptions options;
  take(arguments, "jobs", options.jobs);
  take(arguments, "part_size", options.part_size);
  take(arguments, "limit_rate", options.limit_rate);
  take(arguments, "resume", options.resume);
  take(arguments, "follow_symlinks", options.follow_symlinks);
  take(arguments, "preserve", options.preserve);
  take(arguments, "dry_run", options.dry_run);
  take(arguments, "guess_content_type", options.guess_content_type);
  take(arguments, "if_absent", options.if_absent);
  take(arguments, "if_match", options.if_match);
  nb::object filters = nb::none();
  take(arguments, "filters", filters);
  if (!filters.is_none()) {
    for (nb::handle rule : filters) {
      auto pattern = nb::cast<std::string>(rule[1]);
      nb::cast<bool>(rule[0]) ? options.filter.include(std::move(pattern))
                              : options.filter.exclude(std::move(pattern));
    }
  }
  options.put = take_put_options(arguments);
  options.get_vendor = options.put.vendor;
  return options;
}

/// Runs a transfer with Python's callbacks (None: none): the members of TransferReport, failed items last.
template <typename Work>
nb::tuple run(LongCall& call, nb::handle on_item, nb::handle on_progress, Work work) {
  std::vector<ItemEvent> failed;
  transfer::TransferSinks sinks;
  sinks.on_item = [&](const ItemEvent& event) {
    if (event.outcome == ItemEvent::Outcome::failed && failed.size() < most_failures) failed.push_back(event);
    if (!on_item.is_none()) call.call([&] { on_item(*item_members(event)); });
  };
  sinks.on_progress = [&](const transfer::TransferProgress& progress) {
    call.check();
    if (on_progress.is_none()) return;
    call.call([&] {
      on_progress(progress.items_done, progress.items_known, progress.bytes_done, progress.bytes_known,
                  progress.all_known);
    });
  };
  transfer::TransferReport report;
  call.run([&] { report = work(sinks); });
  nb::list failures;
  for (const auto& event : failed) failures.append(item_members(event));
  return nb::make_tuple(report.done, report.skipped, report.failed, report.removed, report.bytes, failures);
}

transfer::Place place_of(const nb::object& where, const store::StoreSettings& settings) {
  const nb::object text = nb::steal(PyOS_FSPath(where.ptr()));
  if (!text.is_valid()) throw nb::python_error();
  return transfer::parse_place(nb::cast<std::string>(text), settings);
}

/// Whether the place is a tree and no single object.
bool is_tree(const transfer::Place& place) {
  if (place.kind != transfer::Place::Kind::store) return place.names_folder;
  return place.names_folder || place.key.empty() || !find_info(*place.store, place.key);
}

nb::tuple copy_items(const nb::object& source, const nb::object& target, bool recursive, bool move,
                     nb::handle on_item, nb::handle on_progress, nb::dict arguments) {
  auto settings = take_store_settings(arguments);
  settings.on_wait = check_stopped;
  transfer::CopyRequest request;
  request.source = place_of(source, settings);
  request.target = place_of(target, settings);
  request.move = move;
  request.options = take_options(arguments);
  refuse_rest(arguments, "transfer");
  LongCall call;
  return run(call, on_item, on_progress, [&](const transfer::TransferSinks& sinks) {
    request.recursive = recursive && is_tree(request.source);
    return transfer::copy(request, sinks);
  });
}

transfer::Comparison to_comparison(const std::string& name) {
  if (name == "size_and_time") return transfer::Comparison::size_and_time;
  if (name == "exact_time") return transfer::Comparison::exact_time;
  if (name == "size_only") return transfer::Comparison::size_only;
  if (name == "checksum") return transfer::Comparison::checksum;
  throw nb::value_error("compare takes \"size_and_time\", \"exact_time\", \"size_only\" or \"checksum\"");
}

nb::tuple sync_trees(const nb::object& source, const nb::object& target, const std::string& compare,
                     bool remove_extra, nb::handle on_item, nb::handle on_progress, nb::dict arguments) {
  auto settings = take_store_settings(arguments);
  settings.on_wait = check_stopped;
  transfer::SyncRequest request;
  request.source = place_of(source, settings);
  request.target = place_of(target, settings);
  request.comparison = to_comparison(compare);
  request.remove_extra = remove_extra;
  request.options = take_options(arguments);
  refuse_rest(arguments, "sync");
  LongCall call;
  return run(call, on_item, on_progress,
             [&](const transfer::TransferSinks& sinks) { return transfer::sync(request, sinks); });
}

transfer::Place place_in(StoreHandle& handle, const std::string& key) {
  return {.kind = transfer::Place::Kind::store, .store = handle.store(), .key = handle.full_key(key)};
}

/// A single object and a single file; `upload` says which way.
nb::tuple copy_file(StoreHandle& handle, const std::string& key, const std::filesystem::path& path,
                    bool upload, nb::handle on_item, nb::handle on_progress, nb::dict arguments) {
  transfer::CopyRequest request;
  request.source = place_in(handle, key);
  request.target = {.kind = transfer::Place::Kind::files, .path = path};
  if (upload) std::swap(request.source, request.target);
  request.options = take_options(arguments);
  refuse_rest(arguments, upload ? "upload_file" : "download_file");
  LongCall call;
  return run(call, on_item, on_progress,
             [&](const transfer::TransferSinks& sinks) { return transfer::copy(request, sinks); });
}

const std::string report_type =
    " -> tuple[int, int, int, int, int, list[tuple[str, str, str, str, int, str | None, str, Exception | "
    "None]]]";
const std::string callbacks =
    "on_item: collections.abc.Callable[[str, str, str, str, int, str | None, str, Exception | None], object] "
    "| "
    "None, on_progress: collections.abc.Callable[[int, int, int, int, bool], object] | None, "
    "arguments: dict[str, typing.Any])" +
    report_type;
const std::string copy_signature =
    "def copy_items(source: str | os.PathLike[str], target: str | os.PathLike[str], recursive: bool, move: "
    "bool, " +
    callbacks;
const std::string sync_signature =
    "def sync_trees(source: str | os.PathLike[str], target: str | os.PathLike[str], compare: str, "
    "remove_extra: "
    "bool, " +
    callbacks;
const std::string file_signature =
    "def copy_file(store: Store, key: str, path: str | os.PathLike[str], upload: bool, " + callbacks;

}  // namespace

void bind_transfer(nb::module_& module) {
  module.def("copy_items", copy_items, nb::arg("source"), nb::arg("target"), nb::arg("recursive"),
             nb::arg("move"), nb::arg("on_item").none(), nb::arg("on_progress").none(), nb::arg("arguments"),
             nb::sig(copy_signature.c_str()), "What upload and download stand on.");
  module.def("sync_trees", sync_trees, nb::arg("source"), nb::arg("target"), nb::arg("compare"),
             nb::arg("remove_extra"), nb::arg("on_item").none(), nb::arg("on_progress").none(),
             nb::arg("arguments"), nb::sig(sync_signature.c_str()), "What sync stands on.");
  module.def("copy_file", copy_file, nb::arg("store"), nb::arg("key"), nb::arg("path"), nb::arg("upload"),
             nb::arg("on_item").none(), nb::arg("on_progress").none(), nb::arg("arguments"),
             nb::sig(file_signature.c_str()), "What Store.upload_file and Store.download_file stand on.");
}

}  // namespace wheelyard::python
