#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// Collects what `verify` finds. Thread-safe.
class Findings {
 public:
  explicit Findings(const VerifyRequest& request) : request_(request) {}

  bool repairs() const { return request_.repair; }
  bool deep() const { return request_.deep; }

  /// Something that `mend` puts right, where repairs are wanted: what it returns is what was done instead of
  /// `action`, where that is not "". What it throws says why it could not be, and verifying goes on; only a
  /// cancelled one ends.
  void add(Problem problem, const std::function<std::string()>& mend);
  /// Something that no program can put right: `action` says what a person has to do.
  void add_lasting(Problem problem);

  void count_name();
  void count_entries(std::uint64_t entries);
  void count_version(std::uint64_t files);
  void count_bytes(std::uint64_t bytes);
  VerifyReport take();

 private:
  const VerifyRequest& request_;
  std::mutex mutex_;
  VerifyReport report_;
};

}  // namespace wheelyard::release
