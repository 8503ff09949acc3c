#include "parts.hpp"

#include <algorithm>

#include "bodies.hpp"
#include "module.hpp"
#include "text.hpp"

namespace nb = nanobind;

namespace wheelyard::python {

void Parts::put_part(std::uint32_t number, const SourcePtr& body) {
  store::Part part = upload_->put_part(number, body);
  const std::lock_guard lock(mutex_);
  std::erase_if(sent_, [number](const store::Part& old) { return old.number == number; });
  sent_.push_back(std::move(part));
}

store::PutResult Parts::complete() {
  const std::lock_guard lock(mutex_);
  std::ranges::sort(sent_, {}, &store::Part::number);
  return upload_->complete(sent_);
}

void bind_parts(nb::module_& module) {
  nb::class_<FileRegion>(module, "FileRegion", "Part of a regular file, to be put without a copy.")
      .def(nb::init<int, std::uint64_t, std::uint64_t>(), nb::arg("descriptor"), nb::arg("offset"),
           nb::arg("size"));

  nb::class_<Parts>(module, "PartedUpload",
                    "An object on its way in parts; nothing is seen of it before `complete`.")
      .def_prop_ro("id", [](const Parts& parts) { return parts.id(); })
      .def(
          "put_part",
          [](Parts& parts, std::uint32_t number, nb::handle data) {
            const SourcePtr body = body_source(data);
            const nb::gil_scoped_release released;
            parts.put_part(number, body);
          },
          nb::arg("number"), nb::arg("data"),
          nb::sig("def put_part(self, number: int, data: typing_extensions.Buffer | FileRegion) -> None"),
          "Sends part `number` (1 or more); from any thread, in any order.")
      .def(
          "complete", [](Parts& parts) { return parts.complete(); }, nb::call_guard<nb::gil_scoped_release>(),
          "Makes the object of the parts that were sent.")
      .def(
          "abort", [](Parts& parts) { parts.abort(); }, nb::call_guard<nb::gil_scoped_release>(),
          "Drops all parts.");
}

}  // namespace wheelyard::python
