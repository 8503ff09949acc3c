#pragma once

#include <optional>

#include "long_call.hpp"
#include "text.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include "wheelyard/base/progress.hpp"

namespace wheelyard::python {

inline const char* to_text(ProgressEvent::Kind kind) {
  switch (kind) {
    case ProgressEvent::Kind::started:
      return "started";
    case ProgressEvent::Kind::advanced:
      return "advanced";
    case ProgressEvent::Kind::finished:
      return "finished";
    case ProgressEvent::Kind::note:
      break;
  }
  return "note";
}

/// Runs `work(sink)` without the GIL. `progress` is None or what takes the members of a ProgressEvent.
template <typename Work>
auto with_progress(nanobind::handle progress, Work work) {
  LongCall call;
  const ProgressSink sink = [&call, progress](const ProgressEvent& event) {
    call.check();
    if (progress.is_none()) return;
    call.call([&] { progress(to_text(event.kind), event.item, event.message, event.done, event.total); });
  };
  std::optional<decltype(work(sink))> result;
  call.run([&] { result = work(sink); });
  return std::move(*result);
}

}  // namespace wheelyard::python
