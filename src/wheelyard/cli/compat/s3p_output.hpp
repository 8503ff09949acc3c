#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/output.hpp"

namespace wheelyard::cli::compat {

/// A line of key="value" pairs.
using Record = std::vector<std::pair<std::string, std::string>>;
/// Ranks in their order, each with the version that it holds; "" for none.
using RankVersions = std::vector<std::pair<std::string, std::string>>;

/// "d41d8cd9…" where an ETag is the MD5 digest of the bytes, else "".
std::string md5_of(std::string_view etag);

/// What s3p prints: lines of key="value" on standard output, errors among them; under --json one document.
/// Each function returns the exit status that goes with it.
class S3pOutput {
 public:
  explicit S3pOutput(Output& output) : output_(output) {}

  int promoted(const std::string& name, const std::string& version, const std::string& rank,
               const std::string& digest);
  int already(const std::string& name, const std::string& version, const std::string& rank);
  int downloaded(const std::string& name, const std::string& version, const std::string& rank,
                 const std::string& path);
  int versions(const RankVersions& versions);
  int records(const std::vector<Record>& records);
  /// What the rules or the command line do not allow: status 2.
  int refuse(std::string_view message, std::string_view hint, const Error& error);
  /// What went wrong: status 1.
  int fail(const Error& error);
  /// For a person, on standard error.
  void note(std::string_view text);

 private:
  int step(std::string_view outcome, const Record& members);
  void print_error_line(std::string_view message, std::string_view hint);

  Output& output_;
};

}  // namespace wheelyard::cli::compat
