#include "wheelyard/base/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard {

TemporaryFolder::TemporaryFolder() {
  const auto parent = std::filesystem::temp_directory_path();
  auto name = (parent / "wheelyard-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error_for("make a temporary folder in", parent, errno)
        .with_hint("make room there, or point TMPDIR to a folder that has some");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace wheelyard
