#include "wheelyard/transfer/detail/context.hpp"

#include "wheelyard/transfer/detail/removal.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::size_t default_jobs = 16;
constexpr std::size_t most_jobs = 256;
/// Together with everything else this stays below the 32 MiB that a transfer may take.
constexpr std::uint64_t memory_for_bodies = 16u << 20;

std::size_t jobs_of(const TransferOptions& options) {
  return options.jobs == 0 ? default_jobs : std::min(options.jobs, most_jobs);
}

}  // namespace

Context::Context(const TransferOptions& chosen, const TransferSinks& sinks)
    : options(chosen),
      reporter(sinks),
      rate(chosen.limit_rate),
      memory(memory_for_bodies),
      moved(std::make_unique<MovedSources>()),
      engine(jobs_of(chosen), reporter) {}

Context::~Context() = default;

void Context::wait_for(std::uint64_t bytes) {
  rate.take(bytes, [this] {
    reporter.tick();
    engine.check();
  });
}

MemoryBudget::Share Context::take_memory(std::uint64_t bytes) {
  return memory.take(bytes, [this] {
    reporter.tick();
    engine.check();
  });
}

}  // namespace wheelyard::transfer
