#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/index/model.hpp"
#include "wheelyard/index/promotion.hpp"
#include "wheelyard/package/distribution.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

struct PublishRequest {
  std::vector<package::Distribution> distributions;  ///< of any number of projects, already inspected
  bool force = false;                                ///< replace a file of the same name that has other bytes
  bool dry_run = false;                              ///< say what would be done
  bool refuse_existing = false;  ///< s3pypi's rule: any file that is there already refuses the whole batch
  std::string acl;               ///< a canned ACL for every object that is written; empty: none
  std::size_t workers = 4;
  ProgressSink progress;
};

struct PublishedFile {
  enum class Outcome { published, unchanged, replaced };
  Outcome outcome = Outcome::published;
  std::string project;
  std::string filename;
  std::string version;
  std::string key;  ///< as the store names it, for messages: "s3://bucket/acme/acme-1.0-py3-none-any.whl"
  std::string sha256;
  std::uint64_t size = 0;
};

/// The words of JSON output: "published", "unchanged", "replaced".
std::string_view to_string(PublishedFile::Outcome outcome);

struct PublishReport {
  std::vector<PublishedFile> files;
  std::vector<std::string> projects;  ///< those whose index names them now
  std::uint64_t taken_in = 0;         ///< entries of other publishers that this run listed for them
};

struct SelectRequest {
  /// Each is `name`, `name==1.2` (any PEP 440 specifier) or a file name.
  std::vector<std::string> specs;
  bool dry_run = false;
  std::string acl;  ///< of the pages that are written; empty: none
};

struct SelectedFile {
  std::string project;
  std::string filename;
  bool changed = false;  ///< false: it was so already
};

struct SelectReport {
  std::vector<SelectedFile> files;
};

struct YankRequest : SelectRequest {
  bool yanked = true;
  std::string reason;
};

struct VerifyRequest {
  std::vector<std::string> projects;  ///< none: all
  bool deep = false;
  bool repair = false;
  bool dry_run = false;  ///< with repair: say what would be mended
  std::string acl;       ///< of what is written; empty: none
  std::size_t workers = 8;
  ProgressSink progress;
};

struct Problem {
  std::string
      kind;  ///< "missing", "unlisted", "size", "digest", "pending", "html_older", "metadata_missing", …
  std::string project;  ///< "" for the root
  std::string item;     ///< file name or key
  std::string detail;   ///< for a person
  enum class State { found, repaired, would_repair, cannot_repair } state = State::found;
  std::string action;  ///< what was done or would be
};
/// The words of JSON output: "found", "repaired", "would_repair", "cannot_repair".
std::string_view to_string(Problem::State state);

struct VerifyReport {
  std::uint64_t projects = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes_read = 0;
  std::vector<Problem> problems;
  bool clean() const;  ///< nothing is wrong now: no problem, or every one repaired
};

/// A project as it is read, with the state that a conditional request or a cache needs.
struct ReadProject {
  ProjectPage page;
  std::string etag;  ///< of what it was read from; changes whenever the page does
  enum class Origin { json, listing } origin = Origin::json;  ///< listing: taken over as it is read
};

struct RepositoryOptions {
  Clock clock = now;
  /// How long a removal that somebody else began may lie still before it is taken for abandoned and ended. A
  /// live remover that was held up for half of it looks again before it deletes.
  std::chrono::milliseconds removal_patience{5000};
};

/// A package index in a bucket. Thread-safe. Key layout, protocol and invariants: docs/index-protocol.md.
class Repository {
 public:
  /// `prefix`: as store::Location gives it.
  Repository(std::shared_ptr<store::ObjectStore> store, std::string prefix, RepositoryOptions options = {});
  ~Repository();

  PublishReport publish(const PublishRequest& request);
  SelectReport yank(const YankRequest& request);
  SelectReport remove(const SelectRequest& request);
  VerifyReport verify(const VerifyRequest& request);
  /// Moves releases from another repository into this one, the same bytes: all that the request names and
  /// asks for, or nothing of it. Throws `already_exists` where this one holds other bytes under a file's
  /// name, `corrupted` where the source's bytes are not what it lists.
  PromoteReport promote_from(Repository& source, const PromoteRequest& request);

  /// The projects, from the root index or, where there is none yet, from a listing.
  RootPage read_root();
  /// None only when the repository certainly has no such project (a 404, or an empty listing). Every other
  /// failure is thrown: a fault never reads as absence. `name` is normalised.
  std::optional<ReadProject> read_project(const std::string& name);
  /// A cheap look: the current ETag of the JSON page, or none where there is no JSON page.
  std::optional<std::string> project_etag(const std::string& name);

  store::ObjectStore& store() const;
  const std::string& prefix() const;
  /// The key of a project's file, or of a taken-over link that lies inside the repository; none for a URL
  /// outside.
  std::optional<std::string> key_of(const std::string& project, const FileEntry& file) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::index
