#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/release/local_files.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Puts the bytes of one release's version where they stay: at `archive/<version>/<file>`. What lies there is
/// never written over: a push that was taken for dead might still do so after another one has come to its
/// end, and no ETag tells the same bytes of two pushes apart.
class Archiver {
 public:
  /// `push`: its id, which no other push has.
  Archiver(const StateStore& states, std::shared_ptr<store::ObjectStore> store, std::string name,
           std::string version, std::string push)
      : states_(states),
        store_(std::move(store)),
        name_(std::move(name)),
        version_(std::move(version)),
        push_(std::move(push)) {}

  /// All of them, `workers` at once; fills in the ETags, and the keys where they lie elsewhere. What is there
  /// already with the same bytes is left. Where a push of the same name that never came to its end has left
  /// other bytes, these get a place of their own; other bytes of anybody else are Refused (version_taken). A
  /// file that has changed is `corrupted`, and is not stored whole. Progress is in bytes of all files.
  void send(std::vector<LocalFile>& files, std::size_t workers, const ProgressSink& progress) const;

 private:
  /// Told how many bytes of the file have gone.
  using OnBytes = std::function<void(std::uint64_t)>;
  void send_one(LocalFile& file, const OnBytes& on_bytes) const;
  /// Whether what lies at a file's place in the archive is the same; then its ETag is noted. Throws Refused
  /// (version_taken).
  bool is_there(LocalFile& file, const std::string& key) const;
  /// Says whose bytes are about to come to a free key.
  void mark(const LocalFile& file, const std::string& key) const;
  std::string create(const LocalFile& file, const std::string& key, const OnBytes& on_bytes) const;
  store::PutOptions attributes(const LocalFile& file) const;

  const StateStore& states_;
  std::shared_ptr<store::ObjectStore> store_;
  std::string name_;
  std::string version_;
  std::string push_;
};

/// Whether what stands at `archive/<version>/<file>` was put there for this name: its metadata says so or,
/// where the store keeps none, a mark.
bool is_stored_for(const StateStore& states, const store::ObjectInfo& info, const std::string& name,
                   const std::string& version, const std::string& file);

/// The metadata of what lies at s3p's keys: its own `version`, and ours.
std::map<std::string, std::string> release_metadata(const std::string& name, const std::string& version,
                                                    const ReleaseFile& file);

}  // namespace wheelyard::release
