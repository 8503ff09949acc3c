#pragma once

#include <optional>
#include <string>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// The version that another program has given to an object: `x-amz-meta-version`, as s3p writes it. "" where
/// there is none, or one that no version may be called.
std::string foreign_version(const store::ObjectInfo& info);

/// Whether what an object says of its version fits one: it says it, or that version is what an object was
/// taken over as that says this, or nothing of use.
bool may_show_version(const store::ObjectInfo& info, const std::string& version);

/// Whether an object is a release of another name: its metadata says so.
bool is_of_other_release(const store::ObjectInfo& info, const std::string& name);

/// A file as it lies at `key`, kept where no other program writes over it: at `archive/<version>/<file>`
/// where that has the same bytes or is free, else at a private key. Its SHA-256 is of its bytes, read. None
/// where the key is empty. `version`: under which it is kept; "": the object's own, or, where that has none,
/// `sha256-` and the first 16 digits of the SHA-256.
struct KeptFile {
  ReleaseFile file;
  std::string version;     ///< under which it is kept
  store::ObjectInfo info;  ///< of `key`
};
std::optional<KeptFile> keep_foreign_file(const StateStore& states, const std::string& name,
                                          const std::string& key, const std::string& file,
                                          const std::string& version = {});

/// The same, with a version document for a release of this one file. Where the version stands for other bytes
/// already (or its bytes were given up), `-` and 12 digits of the SHA-256 are added to it.
struct KeptRelease {
  VersionDocument document;
  store::ObjectInfo info;
};
std::optional<KeptRelease> keep_foreign_release(const StateStore& states, const std::string& name,
                                                const std::string& rank);

}  // namespace wheelyard::release
