#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/store/open_store.hpp"

namespace wheelyard::transfer {

/// One end of a transfer: objects of a store, files of this machine, or a stream.
struct Place {
  enum class Kind { store, files, stream };
  Kind kind = Kind::files;
  std::shared_ptr<store::ObjectStore> store;  ///< for `store`
  std::string key;  ///< for `store`: a key, or what the keys of a tree begin with; as it was written
  std::filesystem::path path;  ///< for `files`: a file or a folder, as it was written
  bool names_folder = false;   ///< ends with "/" (or is a whole bucket, or an existing folder)

  /// For messages: "s3://bucket/key", "dist/a.whl", "-". Never with secrets.
  std::string describe() const;
};

/// A repository's URL with any key, "file:///path", a path, or "-" for standard input and output. Throws
/// `invalid_argument` as `open_store` does. Nothing is asked of a server.
Place parse_place(std::string_view text, const store::StoreSettings& settings = {});

}  // namespace wheelyard::transfer
