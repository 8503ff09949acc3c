#pragma once

#include <vector>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/detail/listing.hpp"
#include "wheelyard/transfer/detail/name_list.hpp"

namespace wheelyard::transfer {

/// Names that begin so belong to downloads under way, and are no files of a tree.
inline constexpr std::string_view partial_prefix = ".wheelyard-part-";

/// Whether something of that name, in any folder, is this program's own and passed over.
bool is_own_file(std::string_view name);

/// What a walk does with symbolic links.
enum class Links {
  follow,
  pass_over,
  keep,  ///< gives them as they are, like files
};

/// The files below a folder. In memory are the names of the folders from the root to the one that is being
/// gone through. Folders that cannot be read and links in a circle are told as errors, what is no file as
/// passed over.
class Walk : public Listing {
 public:
  /// Throws where the root cannot be read. `root` is for messages; `filter` decides on files.
  Walk(FileDescriptor folder, std::string root, Links links, const Filter& filter);
  std::optional<Listed> next() override;

 private:
  struct Level {
    FileDescriptor folder;
    struct stat status{};
    std::size_t path_size = 0;  ///< of path_, up to here
    NameList names;
    std::size_t next = 0;
  };

  void enter(FileDescriptor folder);
  void read_names(Level& level);
  std::optional<Listed> take_file(const Level& level, std::string_view name);
  std::optional<Listed> take_folder(const Level& level, std::string_view name);
  Listed failed(std::string_view name, const Error& error) const;

  const std::string root_;
  const Links links_;
  const Filter& filter_;
  std::string path_;  ///< of the folder that is being gone through, below the root: "" or "a/b/"
  std::vector<Level> levels_;
};

}  // namespace wheelyard::transfer
