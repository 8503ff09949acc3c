#include "wheelyard/cli/compat/s3util_options.hpp"

#include <map>

#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/files.hpp"

namespace wheelyard::cli::compat {

void S3utilOptions::declare(OptionSet& options, std::string target_help) {
  options.value(target, {.name = "target",
                         .letter = 't',
                         .value_name = "URL",
                         .help = std::move(target_help),
                         .may_be_empty = true});
  options.flag(force, {.name = "force", .letter = 'f', .help = "overwrite what is there already"});
  options.value(access_key_id, {.name = "aws_access_key_id",
                                .value_name = "ID",
                                .help = "the access key, instead of the configured credentials",
                                .may_be_empty = true});
  options.value(secret_access_key,
                {.name = "aws_secret_access_key",
                 .value_name = "SECRET",
                 .help = "its secret; better in AWS_SECRET_ACCESS_KEY or ~/.aws/credentials",
                 .may_be_empty = true});
  options.argument(masks, {.name = "FILE",
                           .help = "files or globs, such as 'dist/*'",
                           .required = true,
                           .repeatable = true,
                           .completes = Completes::files});
}

store::StoreSettings S3utilOptions::store_settings(const Session& session) const {
  if (!session.options().repo.empty()) {
    throw UsageError("--repo is not for this command", "say --target s3://bucket/prefix");
  }
  auto settings = session.store_settings();
  settings.aws.access_key_id = access_key_id;
  settings.aws.secret_access_key = secret_access_key;
  return settings;
}

std::vector<std::filesystem::path> find_files(const std::vector<std::string>& masks) {
  std::vector<std::filesystem::path> files;
  for (const auto& mask : masks) {
    for (auto& path : expand_glob(mask)) {
      std::error_code unreadable;
      if (!std::filesystem::is_regular_file(path, unreadable)) {
        throw Error(ErrorCode::invalid_argument, "upload", path.string(),
                    unreadable ? unreadable.message() : "it is not a file",
                    "name files or a glob that matches files only, such as 'dist/*.whl'");
      }
      files.push_back(std::move(path));
    }
  }
  if (files.empty()) {
    throw Error(ErrorCode::not_found, "upload", masks.front(), "no file has such a name",
                "build the project first, then name its files, typically 'dist/*'");
  }
  return files;
}

std::string content_type_of(const std::filesystem::path& file) {
  static const std::map<std::string, std::string> types{{".gz", "application/gzip"},
                                                        {".xz", "application/x-xz"},
                                                        {".zip", "application/zip"},
                                                        {".whl", "application/zip"}};
  const auto found = types.find(file.extension().string());
  return found == types.end() ? "application/octet-stream" : found->second;
}

std::string printed_url(const std::string& location) {
  constexpr std::string_view scheme = "s3://";
  if (!location.starts_with(scheme)) return location;
  return "https://s3.amazonaws.com/" + location.substr(scheme.size());
}

}  // namespace wheelyard::cli::compat
