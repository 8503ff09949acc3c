#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/history_check.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Names, remembered in few bytes each. Thread-safe.
class NameSet {
 public:
  void add(const std::string& name);
  bool contains(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> hashes_;
};

/// What version documents name.
struct Seen {
  NameSet keys;   ///< of bytes
  NameSet files;  ///< file names
};

/// `verify` of a name's versions: their documents against the history, their bytes against the documents.
class VersionCheck {
 public:
  VersionCheck(const StateStore& states, const PipelineOptions& options, Findings& findings,
               HistoryCheck& history, const PipelineState& state, Seen& seen)
      : states_(states),
        options_(options),
        findings_(findings),
        history_(history),
        state_(state),
        name_(state.name),
        seen_(seen) {}

  void run();

  /// File names of the versions that a rank holds, held or may show. After `run`.
  const std::map<std::string, std::vector<std::string>>& files() const { return files_; }
  /// Versions whose documents are there and that no rank has held by the history that was read.
  const std::set<std::string>& unheld() const { return unheld_; }

 private:
  struct Document {
    std::optional<VersionDocument> document;
    std::string etag;     ///< "": there is none
    std::string failure;  ///< why it cannot be read
  };

  std::vector<std::string> versions() const;
  /// What the history tells, as far as it was read.
  std::optional<HistoryCheck::Release> told_of(const std::string& version) const;
  /// Reads what has come to the history since.
  void follow();
  void check(const std::string& version);
  Document read(const std::string& version) const;
  void check_pruned(const Reference& release, const Document& there);
  void check_document(const Reference& release, const Document& there);
  std::string restore_document(const Reference& release, const std::string& etag) const;
  std::optional<VersionDocument> rebuild_document(const Reference& release) const;

  void check_bytes(const VersionDocument& document);
  void check_file(const VersionDocument& document, const ReleaseFile& file,
                  const std::optional<store::ObjectInfo>& there);
  /// Whether the bytes were given up since the document was read.
  bool is_pruned_now(const VersionDocument& document) const;
  std::string restore_bytes(const VersionDocument& document, const ReleaseFile& file) const;
  void write_kept(const VersionDocument& document, const ReleaseFile& kept) const;
  void remember(const VersionDocument& document);

  const StateStore& states_;
  const PipelineOptions& options_;
  Findings& findings_;
  HistoryCheck& history_;
  const PipelineState& state_;
  std::string name_;
  Seen& seen_;
  std::set<std::string> wanted_;  ///< whose files are asked for later
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> files_;
  std::set<std::string> unheld_;
};

}  // namespace wheelyard::release
