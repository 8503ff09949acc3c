#pragma once

#include "wheelyard/transfer/detail/context.hpp"

namespace wheelyard::transfer {

/// Passes bytes on, counted and held to the rate. What was not kept is taken off the count again.
class CountingSink : public ByteSink {
 public:
  CountingSink(Context& context, ByteSink& inner) : context_(context), inner_(inner) {}
  ~CountingSink() override {
    if (!kept_) context_.reporter.add_bytes(-static_cast<std::int64_t>(counted_));
  }
  CountingSink(const CountingSink&) = delete;
  CountingSink& operator=(const CountingSink&) = delete;

  void write(std::string_view bytes) override {
    broken_ = true;
    inner_.write(bytes);
    broken_ = false;
    counted_ += bytes.size();
    context_.pass(bytes.size());
  }

  void keep() { kept_ = true; }
  std::uint64_t counted() const { return counted_; }
  /// The target has failed, not the source.
  bool broken() const { return broken_; }

 private:
  Context& context_;
  ByteSink& inner_;
  std::uint64_t counted_ = 0;
  bool kept_ = false;
  bool broken_ = false;
};

}  // namespace wheelyard::transfer
