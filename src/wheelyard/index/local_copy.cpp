#include "wheelyard/index/local_copy.hpp"

#include <fcntl.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/read_object.hpp"

namespace wheelyard::index {

namespace {

class FileSink : public ByteSink {
 public:
  explicit FileSink(const std::filesystem::path& path)
      : path_(path), file_(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}

  void write(std::string_view bytes) override {
    try {
      write_all(file_.get(), bytes, path_);
    } catch (const Error& error) {
      throw error.with_hint("make room there, or point TMPDIR to a folder that has some");
    }
  }

 private:
  const std::filesystem::path& path_;
  FileDescriptor file_;
};

}  // namespace

LocalCopy::LocalCopy(store::ObjectStore& store, const std::string& key) : path_(folder_.path() / "copy") {
  FileSink sink(path_);
  size_ = transfer::read_object(store, key, {}, sink).size;
}

}  // namespace wheelyard::index
