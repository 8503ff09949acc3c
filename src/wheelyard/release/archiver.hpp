#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/release/local_files.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Puts the bytes of one release's version where they stay: `archive/<version>/<file>`.
class Archiver {
 public:
  /// `check_ours` throws where the version is another push's by now; it is asked before bytes are replaced.
  Archiver(const StateStore& states, std::shared_ptr<store::ObjectStore> store, std::string name,
           std::string version, std::function<void()> check_ours)
      : states_(states),
        store_(std::move(store)),
        name_(std::move(name)),
        version_(std::move(version)),
        check_ours_(std::move(check_ours)) {}

  /// All of them, `workers` at once; fills in the ETags. What is there already with the same bytes is left.
  /// Other bytes there: replaced where a push of the same name has left them, which never came to its end;
  /// else Refused (version_taken). A file that has changed is `corrupted`, and is not stored whole. Progress
  /// is in bytes of all files.
  void send(std::vector<LocalFile>& files, std::size_t workers, const ProgressSink& progress) const;

 private:
  /// Told how many bytes of the file have gone.
  using OnBytes = std::function<void(std::uint64_t)>;
  void send_one(LocalFile& file, const OnBytes& on_bytes) const;
  /// What lies at a file's key is used or replaced. False: it has changed meanwhile.
  bool use_or_replace(LocalFile& file, const std::string& key, const OnBytes& on_bytes) const;
  /// Says whose bytes are about to come to a free key.
  void mark(const LocalFile& file, const std::string& key) const;
  std::string put(const LocalFile& file, const store::PutMode& mode, const OnBytes& on_bytes) const;
  store::PutOptions attributes(const LocalFile& file) const;

  const StateStore& states_;
  std::shared_ptr<store::ObjectStore> store_;
  std::string name_;
  std::string version_;
  std::function<void()> check_ours_;
};

/// Whether what stands at `archive/<version>/<file>` was put there for this name: its metadata says so or,
/// where the store keeps none, a mark.
bool is_stored_for(const StateStore& states, const store::ObjectInfo& info, const std::string& name,
                   const std::string& version, const std::string& file);

/// The metadata of what lies at s3p's keys: its own `version`, and ours.
std::map<std::string, std::string> release_metadata(const std::string& name, const std::string& version,
                                                    const ReleaseFile& file);

}  // namespace wheelyard::release
