#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/detail/local_target.hpp"
#include "wheelyard/transfer/detail/parts.hpp"

namespace wheelyard::transfer {

/// A large file that is written in ranges, in any order, beside its target. Its hidden name says of which
/// target and of which state of the object it is, and what stands behind its last byte says which ranges are
/// there: so an interrupted download goes on in the next run. It is locked while it is in use.
class PartialFile {
 public:
  /// Takes up what an earlier run has left of this state of the object, and removes what belongs to other
  /// states of it, or has been left for a week. Where another process has it, or without `resume`, it is a
  /// file of its own that goes with the process. `folder` is taken over.
  PartialFile(FileDescriptor folder, std::string name, std::string path, const std::string& etag,
              const PartPlan& plan, bool resume);

  int descriptor() const { return file_ ? file_.get() : anonymous_->descriptor(); }
  /// Whether a run that died goes on with it.
  bool stays() const { return static_cast<bool>(file_); }
  bool has(std::size_t index) const { return done_[index] != 0; }
  bool has_any() const;
  void mark(std::size_t index);
  /// The bytes at this place.
  void write_at(std::uint64_t offset, std::string_view bytes) const;
  /// Cuts off the record, so that times can be set; then `publish`.
  void finish() const;
  void set_times(std::int64_t modified) const;
  void publish(bool create);
  /// Nothing is to be left.
  void discard() noexcept;

 private:
  void open_named(const std::string& etag);
  bool read_record();
  void write_record() const;
  /// Removes what nobody uses of this target, but for `mine`, and what is a week old.
  void sweep(std::string_view mine) const;

  const FileDescriptor folder_;
  const std::string name_;
  const std::string path_;
  const PartPlan plan_;
  FileDescriptor file_;
  std::string hidden_name_;
  std::unique_ptr<NewFile> anonymous_;
  std::vector<char> done_;
};

}  // namespace wheelyard::transfer
