#include "pipeline_handle.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include "long_call.hpp"
#include "objects.hpp"
#include "release_values.hpp"
#include "store_handle.hpp"
#include "text.hpp"
#include <nanobind/stl/optional.h>
#include <nanobind/stl/unique_ptr.h>

#include "wheelyard/base/text.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

/// Stores that live in this process only are used as they are; others are opened again, so that a call that
/// waits for a server can be stopped.
store::Location open_again(StoreHandle& handle) {
  if (handle.url().starts_with("memory:")) return {handle.store(), handle.prefix(), handle.url()};
  auto settings = handle.settings();
  settings.on_wait = check_stopped;
  return store::open_store(handle.url(), settings);
}

config::PipelineOpening opening_of(store::StoreSettings settings, const std::string& run, std::size_t jobs) {
  settings.on_wait = check_stopped;
  return {.store = std::move(settings), .run = run, .jobs = jobs};
}

/// Of rules that are given as arguments.
void open_given(PipelineHandle* place, StoreHandle& store, nb::handle ranks, std::size_t keep,
                const std::string& identity, const std::string& run, std::size_t jobs) {
  config::ReleaseSettings settings;
  if (nb::isinstance<nb::str>(ranks)) {
    settings.rules = release::rules_from_ranks(nb::cast<std::string>(ranks), "ranks");
  } else {
    for (nb::handle rank : ranks) settings.rules.ranks.push_back(to_rank_rules(rank));
  }
  settings.rules.keep = keep;
  settings.identity = {identity, config::given_name(config::GivenAs::arguments, "identity")};
  std::construct_at(place, open_again(store), std::move(settings), opening_of(store.settings(), run, jobs));
}

/// The pipeline of wheelyard.toml and environment, and what is to be said of it. `store`: a Store, or a text
/// where "" is none; so are `config`, `identity` and `run`. `arguments`: settings of a store that is named by
/// a text, to be popped from.
nb::tuple open_configured(nb::handle store, std::optional<std::string> ranks, const std::string& config,
                          const std::string& identity, const std::string& run, std::size_t jobs,
                          nb::dict arguments) {
  config::ReleaseOverrides overrides{.store = {},
                                     .ranks = std::move(ranks),
                                     .config = config,
                                     .identity = identity,
                                     .given_as = config::GivenAs::arguments};
  auto store_settings = take_store_settings(arguments);
  refuse_rest(arguments, "Pipeline.from_config");
  std::optional<store::Location> location;
  if (nb::isinstance<StoreHandle>(store)) {
    auto& handle = nb::cast<StoreHandle&>(store);
    overrides.store = handle.url();
    store_settings = handle.settings();
    location = open_again(handle);
  } else {
    overrides.store = nb::cast<std::string>(store);
  }
  auto opening = opening_of(std::move(store_settings), run, jobs);
  config::ReleaseSettings settings;
  LongCall().run([&] {
    const auto environment =
        opening.store.environment ? opening.store.environment : auth::process_environment();
    settings = config::release_settings(overrides, environment, std::filesystem::current_path());
    if (!location) location = store::open_store(settings.store.value, opening.store);
  });
  nb::list warnings;
  for (const auto& warning : settings.warnings) warnings.append(nb::cast(printable(warning)));
  return nb::make_tuple(
      std::make_unique<PipelineHandle>(std::move(*location), std::move(settings), std::move(opening)),
      warnings);
}

}  // namespace

PipelineHandle::PipelineHandle(store::Location location, config::ReleaseSettings settings,
                               config::PipelineOpening opening)
    : location_(std::move(location)), settings_(std::move(settings)), opening_(std::move(opening)) {
  const bool known = !config::asks_aws(settings_);
  // The credentials' name may have to be asked for.
  LongCall().run([&] { looking_ = open(known); });
  if (known) acting_ = looking_;
}

std::shared_ptr<release::Pipeline> PipelineHandle::open(bool writes) const {
  auto opening = opening_;
  opening.writes = writes;
  return config::open_pipeline_in(location_, settings_, opening).pipeline;
}

std::shared_ptr<release::Pipeline> PipelineHandle::acting() {
  {
    const std::lock_guard lock(mutex_);
    if (acting_) return acting_;
  }
  // Nobody waits for another one's answer: each may be stopped by itself.
  auto opened = open(true);
  const std::lock_guard lock(mutex_);
  if (!acting_) acting_ = std::move(opened);
  return acting_;
}

void bind_opening(nb::class_<PipelineHandle>& type) {
  type.def("__init__", open_given, nb::arg("store"), nb::arg("ranks"), nb::arg("keep"), nb::arg("identity"),
           nb::arg("run"), nb::arg("jobs"),
           nb::sig("def __init__(self, store: Store, ranks: str | collections.abc.Sequence[tuple[typing.Any, "
                   "...]], keep: int, identity: str, run: str, jobs: int) -> None"));
  type.def_static(
      "from_config", open_configured, nb::arg("store"), nb::arg("ranks").none(), nb::arg("config"),
      nb::arg("identity"), nb::arg("run"), nb::arg("jobs"), nb::arg("settings"),
      nb::sig("def from_config(store: str | Store, ranks: str | None, config: str, identity: str, run: str, "
              "jobs: int, settings: dict[str, typing.Any]) -> tuple[Pipeline, list[str]]"));
}

}  // namespace wheelyard::python
