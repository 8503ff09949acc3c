#include "objects.hpp"

#include <chrono>

#include "module.hpp"
#include <Python.h>
#include <datetime.h>

#include "wheelyard/base/checksum.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

nb::bytes to_bytes(const std::string& raw) {
  return nb::bytes(raw.data(), raw.size());
}

nb::str to_text(std::string_view text) {
  return nb::str(text.data(), text.size());
}

/// Digests of the object's own bytes; those that are digests of parts' digests are left out.
nb::dict whole_checksums(const std::vector<store::ObjectChecksum>& checksums) {
  nb::dict result;
  for (const auto& checksum : checksums) {
    if (checksum.parts == 0) result[to_text(to_string(checksum.algorithm))] = to_bytes(checksum.value);
  }
  return result;
}

nb::dict part_checksums(const std::vector<store::ObjectChecksum>& checksums) {
  nb::dict result;
  for (const auto& checksum : checksums) {
    if (checksum.parts == 0) continue;
    result[to_text(to_string(checksum.algorithm))] = nb::make_tuple(to_bytes(checksum.value), checksum.parts);
  }
  return result;
}

nb::dict to_dict(const std::map<std::string, std::string>& map) {
  nb::dict result;
  for (const auto& [name, value] : map) result[nb::cast(name)] = nb::cast(value);
  return result;
}

std::vector<store::ObjectChecksum> checksums_of(const store::PutResult& result) {
  if (!result.checksum) return {};
  return {*result.checksum};
}

[[noreturn]] void fail_type(const std::string& message) {
  throw nb::type_error(message.c_str());
}

/// Removes and returns the argument; none where it is not there or None.
std::optional<nb::object> take(nb::dict& arguments, const char* name) {
  PyObject* found = PyDict_GetItemString(arguments.ptr(), name);
  if (found == nullptr) return std::nullopt;
  nb::object value = nb::borrow(found);
  if (PyDict_DelItemString(arguments.ptr(), name) != 0) throw nb::python_error();
  if (value.is_none()) return std::nullopt;
  return value;
}

std::string to_string_argument(nb::handle value, const char* name) {
  std::string text;
  if (!nb::try_cast(value, text)) {
    fail_type(std::string(name) + " takes a str, not " + nb::type_name(value.type()).c_str());
  }
  return text;
}

bool take_text(nb::dict& arguments, const char* name, std::string& target) {
  const auto value = take(arguments, name);
  if (!value) return false;
  target = to_string_argument(*value, name);
  return true;
}

store::PutMode take_mode(nb::dict& arguments) {
  std::string mode = "overwrite";
  std::string etag;
  take_text(arguments, "mode", mode);
  const bool has_etag = take_text(arguments, "etag", etag);
  if (has_etag != (mode == "update")) {
    throw nb::value_error(has_etag ? "etag goes with mode=\"update\" only"
                                   : "mode=\"update\" needs etag, that of the object that is replaced");
  }
  if (mode == "overwrite") return store::PutMode::overwrite();
  if (mode == "create") return store::PutMode::create();
  if (mode == "update") return store::PutMode::update(std::move(etag));
  throw nb::value_error(("mode takes \"overwrite\", \"create\" or \"update\", not \"" + mode + "\"").c_str());
}

/// A text as it is, or a datetime as an HTTP date.
bool take_expires(nb::dict& arguments, std::string& target) {
  const auto value = take(arguments, "expires");
  if (!value) return false;
  if (PyDateTime_Check(value->ptr())) {
    const auto seconds = nb::cast<double>(value->attr("timestamp")());
    target = to_http_date(TimePoint(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6))));
  } else {
    target = to_string_argument(*value, "expires");
  }
  return true;
}

bool take_checksum(nb::dict& arguments, std::optional<ChecksumAlgorithm>& target) {
  std::string name;
  if (!take_text(arguments, "checksum", name)) return false;
  target = parse_checksum_algorithm(name);
  if (!target) {
    throw nb::value_error(("checksum takes \"crc32c\", \"crc32\", \"crc64nvme\", \"sha1\", \"sha256\" or "
                           "\"md5\", not \"" +
                           name + "\"")
                              .c_str());
  }
  return true;
}

std::string describe(const store::ObjectInfo& info) {
  const nb::object key = nb::cast(info.key);
  const nb::object etag = nb::cast(info.etag);
  return "ObjectInfo(key=" + std::string(nb::repr(key).c_str()) + ", size=" + std::to_string(info.size) +
         ", etag=" + nb::repr(etag).c_str() + ")";
}

}  // namespace

nb::object to_datetime(TimePoint time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  PyObject* made = PyDateTimeAPI->DateTime_FromDateAndTime(
      static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
      static_cast<int>(static_cast<unsigned>(date.day())), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()), PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
  if (made == nullptr) throw nb::python_error();
  return nb::steal(made);
}

store::ObjectInfo relative_info(store::ObjectInfo info, const std::string& prefix) {
  if (!prefix.empty() && info.key.starts_with(prefix)) info.key.erase(0, prefix.size());
  return info;
}

std::map<std::string, std::string> to_text_map(nb::handle mapping, const char* what) {
  std::map<std::string, std::string> result;
  if (mapping.is_none()) return result;
  if (!PyMapping_Check(mapping.ptr()) || PyUnicode_Check(mapping.ptr())) {
    fail_type(std::string(what) + " takes a dict of str, not " + nb::type_name(mapping.type()).c_str());
  }
  const nb::object items = nb::steal(PyMapping_Items(mapping.ptr()));
  if (!items.is_valid()) throw nb::python_error();
  for (nb::handle item : items) {
    result.insert_or_assign(to_string_argument(item[0], what), to_string_argument(item[1], what));
  }
  return result;
}

store::PutOptions take_put_options(nb::dict& arguments, bool* given) {
  store::PutOptions options;
  options.mode = take_mode(arguments);
  bool any = take_text(arguments, "content_type", options.content_type);
  any |= take_text(arguments, "cache_control", options.cache_control);
  any |= take_text(arguments, "content_encoding", options.content_encoding);
  any |= take_text(arguments, "content_disposition", options.content_disposition);
  any |= take_text(arguments, "content_language", options.content_language);
  any |= take_text(arguments, "acl", options.acl);
  any |= take_expires(arguments, options.expires);
  any |= take_checksum(arguments, options.checksum);
  if (const auto metadata = take(arguments, "metadata")) {
    options.metadata = to_text_map(*metadata, "metadata");
    any = true;
  }
  if (const auto headers = take(arguments, "headers")) options.vendor = to_text_map(*headers, "headers");
  if (given != nullptr) *given = any;
  return options;
}

void refuse_rest(const nb::dict& arguments, const char* function) {
  for (const auto& [name, value] : arguments) {
    fail_type(std::string(function) + "() got an unexpected keyword argument " + nb::repr(name).c_str());
  }
}

void bind_objects(nb::module_& module) {
  PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) throw nb::python_error();

  using store::ObjectInfo;
  nb::class_<ObjectInfo>(module, "ObjectInfo", "What a store tells of an object.")
      .def_prop_ro(
          "key", [](const ObjectInfo& info) { return info.key; },
          "Relative to the store's URL. Bytes that are no UTF-8 stand as `surrogateescape` has them.")
      .def_ro("size", &ObjectInfo::size, "Bytes of the whole object.")
      .def_prop_ro(
          "etag", [](const ObjectInfo& info) { return info.etag; },
          "The version that `if_match` and `mode=\"update\"` speak of: opaque, without quotes.")
      .def_prop_ro(
          "last_modified", [](const ObjectInfo& info) { return to_datetime(info.last_modified); },
          nb::sig("def last_modified(self) -> datetime.datetime"), "Aware, in UTC.")
      .def_prop_ro(
          "content_type", [](const ObjectInfo& info) { return text_or_none(info.content_type); },
          nb::sig("def content_type(self) -> str | None"), "From `get` and `head`; None in listings.")
      .def_prop_ro(
          "cache_control", [](const ObjectInfo& info) { return text_or_none(info.cache_control); },
          nb::sig("def cache_control(self) -> str | None"), "From `get` and `head`.")
      .def_prop_ro(
          "content_encoding", [](const ObjectInfo& info) { return text_or_none(info.content_encoding); },
          nb::sig("def content_encoding(self) -> str | None"),
          "From `get` and `head`. Bodies are given as they are stored: nothing is unpacked.")
      .def_prop_ro(
          "content_disposition",
          [](const ObjectInfo& info) { return text_or_none(info.content_disposition); },
          nb::sig("def content_disposition(self) -> str | None"), "From `get` and `head`.")
      .def_prop_ro(
          "content_language", [](const ObjectInfo& info) { return text_or_none(info.content_language); },
          nb::sig("def content_language(self) -> str | None"), "From `get` and `head`.")
      .def_prop_ro(
          "expires", [](const ObjectInfo& info) { return text_or_none(info.expires); },
          nb::sig("def expires(self) -> str | None"), "From `get` and `head`, as it was given.")
      .def_prop_ro(
          "storage_class", [](const ObjectInfo& info) { return text_or_none(info.storage_class); },
          nb::sig("def storage_class(self) -> str | None"), "None for the store's usual one.")
      .def_prop_ro(
          "metadata", [](const ObjectInfo& info) { return to_dict(info.metadata); },
          nb::sig("def metadata(self) -> dict[str, str]"),
          "User metadata, lower-case names without the vendor's prefix. From `get` and `head`.")
      .def_prop_ro(
          "headers", [](const ObjectInfo& info) { return to_dict(info.vendor); },
          nb::sig("def headers(self) -> dict[str, str]"),
          "What else the store told of it, under the vendor's names. From `get` and `head`.")
      .def_prop_ro(
          "checksums", [](const ObjectInfo& info) { return whole_checksums(info.checksums); },
          nb::sig("def checksums(self) -> dict[str, bytes]"),
          "Digests of the object's bytes that the store keeps, raw, by algorithm: \"crc32c\", \"sha256\". "
          "From "
          "`get` and `head`.")
      .def_prop_ro(
          "part_checksums", [](const ObjectInfo& info) { return part_checksums(info.checksums); },
          nb::sig("def part_checksums(self) -> dict[str, tuple[bytes, int]]"),
          "Of an object that came in parts: the digest of the parts' digests, and how many there are.")
      .def("__repr__", [](const ObjectInfo& info) { return describe(info); });

  using store::PutResult;
  nb::class_<PutResult>(module, "PutResult", "What a store acknowledged.")
      .def(
          "__init__",
          [](PutResult* place, std::string etag) {
            std::construct_at(place, PutResult{.etag = std::move(etag)});
          },
          nb::arg("etag"))
      .def_prop_ro(
          "etag", [](const PutResult& result) { return result.etag; }, "Of the object as it is now.")
      .def_prop_ro(
          "checksums", [](const PutResult& result) { return whole_checksums(checksums_of(result)); },
          nb::sig("def checksums(self) -> dict[str, bytes]"),
          "The digest that the store keeps, where it said so: raw, by algorithm.")
      .def("__repr__", [](const PutResult& result) {
        return "PutResult(etag=" + std::string(nb::repr(nb::cast(result.etag)).c_str()) + ")";
      });

  using store::ListPage;
  nb::class_<ListPage>(module, "ListPage", "A page of a listing.")
      .def_prop_ro(
          "objects",
          [](const ListPage& page) {
            nb::list objects;
            for (const auto& info : page.objects) objects.append(nb::cast(info));
            return objects;
          },
          nb::sig("def objects(self) -> list[ObjectInfo]"), "In byte order of their keys.")
      .def_prop_ro(
          "prefixes",
          [](const ListPage& page) {
            nb::list prefixes;
            for (const auto& prefix : page.prefixes) prefixes.append(nb::cast(prefix));
            return prefixes;
          },
          nb::sig("def prefixes(self) -> list[str]"), "Common prefixes, the delimiter included.");
}

}  // namespace wheelyard::python
