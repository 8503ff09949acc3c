#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/store/open_store.hpp"

namespace wheelyard::cli::compat {

/// What s3pypi and s3upload of ilabs.s3util have in common.
struct S3utilOptions {
  std::vector<std::string> masks;
  std::string target;
  bool force = false;
  std::string access_key_id;
  std::string secret_access_key;

  void declare(OptionSet& options, std::string target_help);
  /// The settings of the session, with the two keys.
  store::StoreSettings store_settings(const Session& session) const;
};

/// The files that the masks name. As there: a mask that matches nothing is passed over, anything but a file
/// is an error, and so is no file at all.
std::vector<std::filesystem::path> find_files(const std::vector<std::string>& masks);

/// The content type that ilabs.s3util gives a file, by the last part of its name.
std::string content_type_of(const std::filesystem::path& file);

/// "https://s3.amazonaws.com/bucket/key" for "s3://bucket/key": how ilabs.s3util prints what it uploads.
std::string printed_url(const std::string& location);

}  // namespace wheelyard::cli::compat
