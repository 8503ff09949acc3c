#pragma once

#include "wheelyard/transfer/detail/engine.hpp"
#include "wheelyard/transfer/detail/memory_budget.hpp"
#include "wheelyard/transfer/detail/rate_limit.hpp"
#include "wheelyard/transfer/detail/reporter.hpp"

namespace wheelyard::transfer {

class MovedSources;

/// What all the work of one call shares.
class Context {
 public:
  Context(const TransferOptions& chosen, const TransferSinks& sinks);
  ~Context();

  const TransferOptions& options;
  Reporter reporter;
  RateLimit rate;
  MemoryBudget memory;
  const std::unique_ptr<MovedSources> moved;
  Engine engine;

  /// Every byte that comes over passes here: counted, held to the rate. Throws Stopped.
  void pass(std::uint64_t bytes) {
    if (rate.limits()) wait_for(bytes);
    reporter.add_bytes(static_cast<std::int64_t>(bytes));
    reporter.tick();
    engine.check();
  }
  /// Waits for a share of the memory that bodies may take up. Throws Stopped.
  MemoryBudget::Share take_memory(std::uint64_t bytes);

 private:
  void wait_for(std::uint64_t bytes);
};

}  // namespace wheelyard::transfer
