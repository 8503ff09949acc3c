#include <array>
#include <chrono>
#include <cstring>
#include <mutex>

#include "bodies.hpp"
#include "long_call.hpp"
#include "module.hpp"
#include "objects.hpp"
#include "parts.hpp"
#include "store_handle.hpp"
#include "text.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "wheelyard/base/error.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

using Released = nb::gil_scoped_release;

/// Bodies up to this size are read while the GIL is still free, and copied once; the GIL is taken once only.
constexpr std::size_t small_body = 64 * 1024;

/// Takes a body of known length straight to its place.
class PlaceSink : public ByteSink {
 public:
  PlaceSink(char* place, std::uint64_t room) : place_(place), room_(room) {}
  void write(std::string_view bytes) override {
    if (bytes.size() > room_) {
      throw Error(ErrorCode::corrupted, "read", "the object", "more came than the answer's length says",
                  "try again");
    }
    std::memcpy(place_, bytes.data(), bytes.size());
    place_ += bytes.size();
    room_ -= bytes.size();
  }
  std::uint64_t room() const { return room_; }

 private:
  char* place_;
  std::uint64_t room_;
};

/// Reads the body to its end, so that its digest is checked, and gives the connection back.
void read_into(store::GetResult& result, char* place) {
  const std::unique_ptr<Reader> body = std::move(result.body);
  PlaceSink sink(place, result.length);
  body->copy_to(sink);
  if (sink.room() != 0) {
    throw Error(ErrorCode::unavailable, "read", "the object", "less came than the answer's length says",
                "try again");
  }
}

store::GetOptions get_options(std::uint64_t offset, std::optional<std::uint64_t> length, nb::handle if_match,
                              nb::handle if_none_match, nb::handle headers) {
  store::GetOptions options;
  if (offset != 0 || length) options.range = store::ByteRange{offset, length};
  if (!if_match.is_none()) options.if_match = nb::cast<std::string>(if_match);
  if (!if_none_match.is_none()) options.if_none_match = nb::cast<std::string>(if_none_match);
  if (!headers.is_none()) options.vendor = to_text_map(headers, "headers");
  return options;
}

std::optional<std::uint64_t> to_length(nb::handle length) {
  if (length.is_none()) return std::nullopt;
  return nb::cast<std::uint64_t>(length);
}

std::pair<nb::bytes, store::ObjectInfo> get_object(StoreHandle& handle, const std::string& key,
                                                   const store::GetOptions& options) {
  const auto store = handle.store();
  const std::string full_key = handle.full_key(key);
  std::array<char, small_body> small;
  store::GetResult result;
  bool done = false;
  {
    const Released released;
    result = store->get(full_key, options);
    if (result.length <= small.size()) {
      read_into(result, small.data());
      done = true;
    }
  }
  if (done) return {nb::bytes(small.data(), result.length), std::move(result.info)};
  const nb::object bytes =
      nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(result.length)));
  if (!bytes.is_valid()) throw nb::python_error();
  {
    const Released released;
    read_into(result, PyBytes_AS_STRING(bytes.ptr()));
  }
  return {nb::borrow<nb::bytes>(bytes), std::move(result.info)};
}

nb::bytes get(StoreHandle& handle, const std::string& key, std::uint64_t offset, nb::handle length,
              nb::handle if_match, nb::handle if_none_match, nb::handle headers) {
  return get_object(handle, key, get_options(offset, to_length(length), if_match, if_none_match, headers))
      .first;
}

nb::tuple get_with_info(StoreHandle& handle, const std::string& key, std::uint64_t offset, nb::handle length,
                        nb::handle if_match, nb::handle if_none_match, nb::handle headers) {
  auto [bytes, info] =
      get_object(handle, key, get_options(offset, to_length(length), if_match, if_none_match, headers));
  return nb::make_tuple(bytes, relative_info(std::move(info), handle.prefix()));
}

/// For readers: into memory that is there already.
std::uint64_t get_into(StoreHandle& handle, const std::string& key, nb::handle buffer, std::uint64_t offset,
                       nb::handle if_match, nb::handle headers) {
  struct Writable {
    Py_buffer view{};
    ~Writable() { PyBuffer_Release(&view); }
  } target;
  if (PyObject_GetBuffer(buffer.ptr(), &target.view, PyBUF_WRITABLE) != 0) throw nb::python_error();
  if (target.view.len == 0) return 0;
  const auto capacity = static_cast<std::uint64_t>(target.view.len);
  const auto options = get_options(offset, capacity, if_match, nb::none(), headers);
  const auto store = handle.store();
  const std::string full_key = handle.full_key(key);
  const Released released;
  store::GetResult result = store->get(full_key, options);
  if (result.length > capacity) {
    throw Error(ErrorCode::corrupted, "read", store->describe(full_key), "more came than was asked for");
  }
  read_into(result, static_cast<char*>(target.view.buf));
  return result.length;
}

nb::object put(StoreHandle& handle, const std::string& key, const nb::object& data,
               const nb::kwargs& arguments) {
  if (!PyObject_CheckBuffer(data.ptr()) && !nb::isinstance<FileRegion>(data)) {
    return nb::module_::import_("wheelyard._bodies")
        .attr("put_stream")(nb::find(handle), key, data, **arguments);
  }
  const SourcePtr body = body_source(data);
  nb::dict left = arguments;
  const auto options = take_put_options(left);
  refuse_rest(left, "put");
  const auto store = handle.store();
  const std::string full_key = handle.full_key(key);
  store::PutResult result;
  {
    const Released released;
    result = store->put(full_key, body, options);
  }
  return nb::cast(std::move(result));
}

store::PutResult copy(StoreHandle& handle, const std::string& source_key, const std::string& target_key,
                      const nb::kwargs& arguments) {
  nb::dict left = arguments;
  store::CopyOptions options;
  std::string source = handle.full_key(source_key);
  nb::object replace = nb::none();
  for (const char* name : {"if_match", "source_store", "replace", "part_size"}) {
    PyObject* found = PyDict_GetItemString(left.ptr(), name);
    if (found == nullptr) continue;
    const nb::object value = nb::borrow(found);
    PyDict_DelItemString(left.ptr(), name);
    if (value.is_none()) continue;
    const std::string_view which = name;
    if (which == "if_match") {
      options.if_match = nb::cast<std::string>(value);
    } else if (which == "source_store") {
      auto& other = nb::cast<StoreHandle&>(value);
      options.source = other.store();
      source = other.full_key(source_key);
    } else if (which == "part_size") {
      options.part_size = nb::cast<std::uint64_t>(value);
    } else {
      replace = value;
    }
  }
  bool given = false;
  store::PutOptions attributes = take_put_options(left, &given);
  refuse_rest(left, "copy");
  if (attributes.mode.kind != store::PutMode::Kind::overwrite) {
    throw nb::value_error("a copy takes no mode: too few servers honour one");
  }
  options.vendor = std::exchange(attributes.vendor, {});
  const bool replacing = replace.is_none() ? given : nb::cast<bool>(replace);
  if (given && !replacing)
    throw nb::value_error("attributes replace those of the source: replace=False forbids it");
  if (replacing) options.replace = std::move(attributes);
  const auto store = handle.store();
  const std::string target = handle.full_key(target_key);
  if (options.source == store) options.source = nullptr;
  const Released released;
  return store->copy(source, target, options);
}

/// The pages of a listing, one after the other; may be shared by threads.
class Pages {
 public:
  Pages(std::shared_ptr<store::ObjectStore> store, std::unique_ptr<store::Lister> lister, std::string prefix)
      : store_(std::move(store)), lister_(std::move(lister)), prefix_(std::move(prefix)) {}

  std::optional<store::ListPage> next() {
    const std::lock_guard lock(mutex_);
    auto page = lister_->next();
    if (!page || prefix_.empty()) return page;
    for (auto& info : page->objects) info = relative_info(std::move(info), prefix_);
    for (auto& prefix : page->prefixes) {
      if (prefix.starts_with(prefix_)) prefix.erase(0, prefix_.size());
    }
    return page;
  }

 private:
  std::shared_ptr<store::ObjectStore> store_;
  std::unique_ptr<store::Lister> lister_;
  std::string prefix_;
  std::mutex mutex_;
};

std::unique_ptr<Pages> list_pages(StoreHandle& handle, const std::string& prefix,
                                  const std::string& delimiter, const std::string& start_after,
                                  std::uint32_t page_size) {
  store::ListOptions options{.prefix = handle.full_key(prefix),
                             .delimiter = delimiter,
                             .start_after = start_after.empty() ? "" : handle.full_key(start_after),
                             .page_size = page_size};
  auto store = handle.store();
  auto lister = store->list(options);
  return std::make_unique<Pages>(std::move(store), std::move(lister), handle.prefix());
}

std::string presign(StoreHandle& handle, const std::string& key, const std::string& method,
                    nb::handle expires, nb::handle response_headers, nb::handle request_headers) {
  const double seconds = nb::hasattr(expires, "total_seconds")
                             ? nb::cast<double>(expires.attr("total_seconds")())
                             : nb::cast<double>(expires);
  const store::PresignOptions options{.method = method,
                                      .expires = std::chrono::seconds(static_cast<std::int64_t>(seconds)),
                                      .answer_headers = to_text_map(response_headers, "response_headers"),
                                      .request_headers = to_text_map(request_headers, "request_headers")};
  const auto store = handle.store();
  const std::string full_key = handle.full_key(key);
  const Released released;  // credentials may have to be fetched first
  return store->presign(full_key, options);
}

std::unique_ptr<Parts> begin_parts(StoreHandle& handle, const std::string& key, const nb::kwargs& arguments) {
  nb::dict left = arguments;
  const auto options = take_put_options(left);
  refuse_rest(left, "begin_parts");
  auto store = handle.store();
  const std::string full_key = handle.full_key(key);
  const Released released;
  auto upload = store->begin_parts(full_key, options);
  return std::make_unique<Parts>(std::move(store), std::move(upload));
}

nb::list unfinished_uploads(StoreHandle& handle, const std::string& prefix) {
  const auto store = handle.store();
  const std::string full_prefix = handle.full_key(prefix);
  std::vector<store::UnfinishedUpload> found;
  {
    const Released released;
    found = store->unfinished_uploads(full_prefix);
  }
  nb::list result;
  for (auto& upload : found) {
    upload.key.erase(0, handle.prefix().size());
    result.append(nb::make_tuple(upload.key, upload.id, to_datetime(upload.begun)));
  }
  return result;
}

/// A call of the store with a key (or nothing) and no GIL.
template <typename Work>
auto with_store(StoreHandle& handle, Work work) {
  const auto store = handle.store();
  const Released released;
  return work(*store);
}

/// The keyword arguments of everything that writes, as the stubs have them.
const std::string attributes =
    "content_type: str | None = None, cache_control: str | None = None, content_encoding: str | None = None, "
    "content_disposition: str | None = None, content_language: str | None = None, "
    "expires: str | datetime.datetime | None = None, acl: str | None = None, "
    "metadata: collections.abc.Mapping[str, str] | None = None, checksum: str | None = None, "
    "headers: collections.abc.Mapping[str, str] | None = None";
const std::string mode =
    "mode: typing.Literal['overwrite', 'create', 'update'] = 'overwrite', etag: str | None = None, ";
const std::string get_arguments =
    "(self, key: str, *, offset: int = 0, length: int | None = None, if_match: str | None = None, "
    "if_none_match: str | None = None, headers: collections.abc.Mapping[str, str] | None = None)";

const std::string init_signature =
    "def __init__(self, url: str | os.PathLike[str], *, access_key_id: str | None = None, "
    "secret_access_key: str | None = None, session_token: str | None = None, profile: str | None = None, "
    "region: str | None = None, endpoint_url: str | None = None, anonymous: bool = False, "
    "ca_bundle: str | None = None, max_attempts: int | None = None, retry_mode: str | None = None, "
    "environment: collections.abc.Mapping[str, str] | None = None) -> None";
const std::string get_signature = "def get" + get_arguments + " -> bytes";
const std::string get_with_info_signature =
    "def get_with_info" + get_arguments + " -> tuple[bytes, ObjectInfo]";
const std::string put_signature =
    "def put(self, key: str, data: typing_extensions.Buffer | typing.BinaryIO | FileRegion, *, " + mode +
    attributes + ") -> PutResult";
const std::string copy_signature =
    "def copy(self, source_key: str, target_key: str, *, if_match: str | None = None, "
    "source_store: Store | None = None, replace: bool | None = None, part_size: int = 0, " +
    attributes + ") -> PutResult";
const std::string begin_parts_signature =
    "def begin_parts(self, key: str, *, " + mode + attributes + ") -> PartedUpload";

void bind_reading(nb::class_<StoreHandle>& type) {
  type.def("get", get, nb::arg("key"), nb::kw_only(), nb::arg("offset") = 0, nb::arg("length") = nb::none(),
           nb::arg("if_match") = nb::none(), nb::arg("if_none_match") = nb::none(),
           nb::arg("headers") = nb::none(), nb::sig(get_signature.c_str()),
           R"(The object's bytes, or `length` of them from `offset` on (cut at the object's end).

The body is checked against the digest that the store keeps, where it keeps one of just these bytes.
`headers`: the vendor's own request headers ("x-amz-request-payer").

Raises NotFoundError; PreconditionFailedError where `if_match` is another ETag than the object's, or (with
http_status 304) `if_none_match` is the same; InvalidArgumentError (416) for a range behind the end;
CorruptedError where the bytes do not fit their digest.)");
  type.def("get_with_info", get_with_info, nb::arg("key"), nb::kw_only(), nb::arg("offset") = 0,
           nb::arg("length") = nb::none(), nb::arg("if_match") = nb::none(),
           nb::arg("if_none_match") = nb::none(), nb::arg("headers") = nb::none(),
           nb::sig(get_with_info_signature.c_str()),
           "As `get`, with what the answer told of the object: one request for both.");
  type.def(
      "get_into", get_into, nb::arg("key"), nb::arg("buffer"), nb::kw_only(), nb::arg("offset") = 0,
      nb::arg("if_match") = nb::none(), nb::arg("headers") = nb::none(),
      nb::sig("def get_into(self, key: str, buffer: typing_extensions.Buffer, *, offset: int = 0, if_match: "
              "str | None = None, headers: collections.abc.Mapping[str, str] | None = None) -> int"),
      "Reads into writable memory, as much as it holds, from `offset` on; the number of bytes that came. "
      "Raises as `get`.");
  type.def(
      "head",
      [](StoreHandle& handle, const std::string& key) {
        const std::string full_key = handle.full_key(key);
        auto info = with_store(handle, [&](store::ObjectStore& store) { return store.head(full_key); });
        return relative_info(std::move(info), handle.prefix());
      },
      nb::arg("key"), "What the store tells of the object. Raises NotFoundError.");
  type.def(
      "exists",
      [](StoreHandle& handle, const std::string& key) {
        const std::string full_key = handle.full_key(key);
        return with_store(handle,
                          [&](store::ObjectStore& store) { return find_info(store, full_key).has_value(); });
      },
      nb::arg("key"),
      "False only where the server says that it is not there; every other failure is raised.");
  type.def(
      "list_pages", list_pages, nb::arg("prefix") = "", nb::kw_only(), nb::arg("delimiter") = "",
      nb::arg("start_after") = "", nb::arg("page_size") = 1000,
      nb::sig("def list_pages(self, prefix: str = '', *, delimiter: str = '', start_after: str = '', "
              "page_size: int = 1000) -> Pages"),
      R"(The listing below `prefix` by pages of objects and common prefixes, fetched as they are asked for.

`delimiter`: "/" gives what a folder would show. `start_after`: only keys that sort after it, by bytes.)");
  type.def(
      "presign", presign, nb::arg("key"), nb::kw_only(), nb::arg("method") = "GET", nb::arg("expires") = 3600,
      nb::arg("response_headers") = nb::none(), nb::arg("request_headers") = nb::none(),
      nb::sig("def presign(self, key: str, *, method: str = 'GET', expires: float | datetime.timedelta = "
              "3600, response_headers: collections.abc.Mapping[str, str] | None = None, request_headers: "
              "collections.abc.Mapping[str, str] | None = None) -> str"),
      R"(A URL that works without credentials until it expires: a secret. Nothing is asked of the server.

`method`: GET, HEAD, PUT or DELETE. `expires`: seconds from now, or a timedelta. `response_headers`: what
the answer to a GET will have ("content-type", "content-disposition", ...). `request_headers`: what whoever uses the
URL has to send just so. Raises UnsupportedError where the store has no such URLs.)");
}

void bind_writing(nb::class_<StoreHandle>& type) {
  type.def("put", put, nb::arg("key"), nb::arg("data"), nb::arg("arguments"), nb::sig(put_signature.c_str()),
           R"(Puts all of `data` under the key, or nothing.

`data`: anything with memory (bytes, bytearray, memoryview, mmap), sent as it lies there, or a binary file, read
from where it stands to its end; one that is large or has no size goes in parts, in bounded memory.
`mode`: "overwrite"; "create" only where the key is free (else AlreadyExistsError); "update" only over the version
that `etag` names (else PreconditionFailedError). `expires`: an HTTP date or a datetime. `checksum`: which one is
sent for the store to check ("crc32c", "sha256", ...). `headers`: the vendor's own request headers.)");
  type.def("copy", copy, nb::arg("source_key"), nb::arg("target_key"), nb::arg("arguments"),
           nb::sig(copy_signature.c_str()),
           R"(Copies on the server's side, attributes included; overwrites.

`source_store`: the store that `source_key` is in, if not this one. Attributes that are given replace those of the
source, all of them; `replace=True` does so even where none is given. `if_match`: only while the source has this
ETag, else PreconditionFailedError. `part_size`: copies in parts of so many bytes what is larger.)");
  type.def(
      "delete",
      [](StoreHandle& handle, const std::string& key) {
        const std::string full_key = handle.full_key(key);
        with_store(handle, [&](store::ObjectStore& store) { store.remove(full_key); });
      },
      nb::arg("key"), "A key that is not there is no error.");
  type.def(
      "delete_many",
      [](StoreHandle& handle, const nb::iterable& keys) {
        std::vector<std::string> full_keys;
        if (PyUnicode_Check(keys.ptr())) throw nb::type_error("delete_many takes several keys, not one str");
        for (nb::handle key : keys) full_keys.push_back(handle.full_key(nb::cast<std::string>(key)));
        with_store(handle, [&](store::ObjectStore& store) { store.remove_many(full_keys); });
      },
      nb::arg("keys"), nb::sig("def delete_many(self, keys: collections.abc.Iterable[str]) -> None"),
      "The same for many, in as few requests as the store can. Raises for the first that could not be "
      "removed, after "
      "all were tried.");
  type.def(
      "begin_parts", begin_parts, nb::arg("key"), nb::arg("arguments"),
      nb::sig(begin_parts_signature.c_str()),
      "Begins an upload in parts; `mode` is what its completion will hold to. Raises UnsupportedError where "
      "the store has none.");
  type.def(
      "part_limits",
      [](StoreHandle& handle) -> nb::object {
        const auto limits = handle.store()->part_limits();
        if (!limits) return nb::none();
        return nb::make_tuple(limits->smallest, limits->largest, limits->most);
      },
      nb::sig("def part_limits(self) -> tuple[int, int, int] | None"),
      "Of uploads in parts: bytes of every part but the last, bytes of a part and of an object in one put, "
      "parts of "
      "an upload. None where the store has no parts.");
  type.def(
      "unfinished_uploads", unfinished_uploads, nb::arg("prefix") = "",
      nb::sig("def unfinished_uploads(self, prefix: str = '') -> list[tuple[str, str, datetime.datetime]]"),
      "Uploads in parts that were begun and neither completed nor aborted: key, id, when it was begun.");
  type.def(
      "abort_upload",
      [](StoreHandle& handle, const std::string& key, const std::string& id) {
        const std::string full_key = handle.full_key(key);
        with_store(handle, [&](store::ObjectStore& store) { store.resume_parts(full_key, id)->abort(); });
      },
      nb::arg("key"), nb::arg("id"), "Drops the parts of an unfinished upload.");
}

void bind_bucket(nb::class_<StoreHandle>& type) {
  type.def(
      "make_bucket",
      [](StoreHandle& handle) { with_store(handle, [](store::ObjectStore& store) { store.make_bucket(); }); },
      "Makes the bucket that the URL names. Raises AlreadyExistsError (also where it is another account's).");
  type.def(
      "remove_bucket",
      [](StoreHandle& handle) {
        with_store(handle, [](store::ObjectStore& store) { store.remove_bucket(); });
      },
      "Removes it. Raises PreconditionFailedError unless it is empty.");
  type.def(
      "bucket_exists",
      [](StoreHandle& handle) {
        return with_store(handle, [](store::ObjectStore& store) { return store.bucket_exists(); });
      },
      "False only where the server says that it is not there.");
  type.def(
      "bucket_location",
      [](StoreHandle& handle) {
        return with_store(handle, [](store::ObjectStore& store) { return store.bucket_location(); });
      },
      "The bucket's region; \"\" where the store has none.");
}

}  // namespace

void bind_store(nb::module_& module) {
  nb::class_<Pages>(module, "Pages", "Pages of a listing, fetched as they are asked for.")
      .def(
          "__iter__", [](nb::handle pages) { return nb::borrow(pages); },
          nb::sig("def __iter__(self) -> Pages"))
      .def(
          "__next__",
          [](Pages& pages) {
            std::optional<store::ListPage> page;
            {
              const Released released;
              page = pages.next();
            }
            if (!page) throw nb::stop_iteration();
            return std::move(*page);
          },
          nb::sig("def __next__(self) -> ListPage"));

  nb::class_<StoreHandle> type(module, "Store", nb::is_weak_referenceable(),
                               "One bucket or folder, or the part of it below a prefix.");
  type.def(
      "__init__",
      [](StoreHandle* place, const nb::object& url, const nb::kwargs& arguments) {
        nb::dict left = arguments;
        auto settings = take_store_settings(left);
        settings.on_wait = [] {
          check_stopped();
          check_signals();
        };
        refuse_rest(left, "open_store");
        const nb::object text = nb::steal(PyOS_FSPath(url.ptr()));
        if (!text.is_valid()) throw nb::python_error();
        std::construct_at(place, nb::cast<std::string>(text), std::move(settings));
      },
      nb::arg("url"), nb::arg("arguments"), nb::sig(init_signature.c_str()));
  type.def_prop_ro(
      "url", [](const StoreHandle& handle) { return handle.url(); },
      "Normalised, without secrets: \"s3://bucket/a/b\", \"file:///srv/wheels\".");
  type.def(
      "describe",
      [](StoreHandle& handle, const std::string& key) {
        return handle.store()->describe(handle.full_key(key));
      },
      nb::arg("key"), "For messages: \"s3://bucket/key\", \"/srv/wheels/key\". Never with secrets.");
  type.def("__repr__", [](nb::handle self) {
    return "<wheelyard.Store " + nb::cast<std::string>(self.attr("url")) + ">";
  });
  bind_reading(type);
  bind_writing(type);
  bind_bucket(type);
}

}  // namespace wheelyard::python
