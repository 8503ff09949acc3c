#include "wheelyard/release/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wheelyard::release {

std::string_view to_string(Problem::State state) {
  switch (state) {
    case Problem::State::found:
      return "found";
    case Problem::State::repaired:
      return "repaired";
    case Problem::State::cannot_repair:
      break;
  }
  return "cannot_repair";
}

bool VerifyReport::clean() const {
  return std::ranges::all_of(
      problems, [](const Problem& problem) { return problem.state == Problem::State::repaired; });
}

void Findings::add(Problem problem, const std::function<std::string()>& mend) {
  problem.state = Problem::State::found;
  if (repairs()) {
    try {
      if (auto done = mend(); !done.empty()) problem.action = std::move(done);
      problem.state = Problem::State::repaired;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      problem.state = Problem::State::cannot_repair;
      problem.action += "; that failed: " + std::string(error.what());
    }
  }
  const std::lock_guard lock(mutex_);
  report_.problems.push_back(std::move(problem));
}

void Findings::add_lasting(Problem problem) {
  problem.state = Problem::State::cannot_repair;
  const std::lock_guard lock(mutex_);
  report_.problems.push_back(std::move(problem));
}

void Findings::count_name() {
  const std::lock_guard lock(mutex_);
  ++report_.names;
}

void Findings::count_entries(std::uint64_t entries) {
  const std::lock_guard lock(mutex_);
  report_.entries += entries;
}

void Findings::count_version(std::uint64_t files) {
  const std::lock_guard lock(mutex_);
  ++report_.versions;
  report_.files += files;
}

void Findings::count_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  report_.bytes_read += bytes;
}

VerifyReport Findings::take() {
  const std::lock_guard lock(mutex_);
  std::ranges::stable_sort(report_.problems, [](const Problem& a, const Problem& b) {
    return std::tie(a.name, a.kind, a.item) < std::tie(b.name, b.kind, b.item);
  });
  return std::move(report_);
}

}  // namespace wheelyard::release
