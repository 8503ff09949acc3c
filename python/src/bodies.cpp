#include "bodies.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <nanobind/stl/shared_ptr.h>

#include "wheelyard/base/error.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

class BufferSource : public Source {
 public:
  explicit BufferSource(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw nb::python_error();
  }
  ~BufferSource() override {
    const nb::gil_scoped_acquire acquired;
    PyBuffer_Release(&view_);
  }
  BufferSource(const BufferSource&) = delete;
  BufferSource& operator=(const BufferSource&) = delete;

  std::uint64_t size() const override { return static_cast<std::uint64_t>(view_.len); }
  std::unique_ptr<Reader> open() const override { return view_reader(in_memory()); }
  std::string_view in_memory() const override {
    // An empty view, and not a null one, of no bytes.
    return {view_.buf == nullptr ? "" : static_cast<const char*>(view_.buf), size()};
  }

 private:
  Py_buffer view_{};
};

class RegionReader : public Reader {
 public:
  RegionReader(int descriptor, std::uint64_t offset, std::uint64_t size)
      : descriptor_(descriptor), offset_(offset), left_(size) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (left_ == 0) return 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_));
    const std::size_t count = read_at(descriptor_, offset_, buffer, wanted, "the file");
    if (count == 0) {
      throw Error(ErrorCode::corrupted, "read", "the file", "it became shorter while it was being read",
                  "let whatever writes the file finish, and try again");
    }
    offset_ += count;
    left_ -= count;
    return count;
  }

 private:
  int descriptor_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

}  // namespace

SourcePtr buffer_source(nb::handle object) {
  return std::make_shared<BufferSource>(object);
}

SourcePtr body_source(nb::handle object) {
  if (nb::isinstance<FileRegion>(object)) return nb::cast<std::shared_ptr<FileRegion>>(object);
  return buffer_source(object);
}

FileRegion::FileRegion(int descriptor, std::uint64_t offset, std::uint64_t size)
    : file_(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)), offset_(offset), size_(size) {
  if (!file_) throw system_error_for("read", "the file", errno);
}

std::unique_ptr<Reader> FileRegion::open() const {
  return std::make_unique<RegionReader>(file_.get(), offset_, size_);
}

}  // namespace wheelyard::python
