#pragma once

#include <cstdint>

#include <nanobind/nanobind.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::python {

/// Memory of a Python object (bytes, bytearray, memoryview, mmap, numpy array), as it lies there: no copy.
/// The object is kept until the source is gone. Throws TypeError where it has none or it is not contiguous.
SourcePtr buffer_source(nanobind::handle object);

/// The same, or a FileRegion.
SourcePtr body_source(nanobind::handle object);

/// Part of a regular file that Python has open, read with pread(2): no Python object is touched, and its
/// position stays. The descriptor is duplicated, so the file may be closed.
class FileRegion : public Source {
 public:
  FileRegion(int descriptor, std::uint64_t offset, std::uint64_t size);

  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> open() const override;

 private:
  FileDescriptor file_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace wheelyard::python
