#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/archive/decompressor.hpp"

namespace wheelyard::package {

[[noreturn]] inline void out_of_memory() {
  throw Error(ErrorCode::unavailable, "unpack", "an archive", "memory ran out", "try again with more memory");
}

/// What all decompressors do alike. `Method` has the format's `name` and `magic`; `restart` begins the next
/// stream, `give` hands it input and `take_into` room for output, `step` works, and `left_in` and `left_out`
/// tell how much of either is left.
template <typename Method>
class Unpacker final : public Decompressor {
 public:
  Unpacker(BlockReader& reader, UnpackBudget& budget)
      : reader_(reader), budget_(budget), fault_(reader.file().fault()) {
    if (reader_.left() == 0) fault_("the file is empty");
    if (reader_.peek(Method::magic.size()) != Method::magic) {
      fault_("it is not a " + std::string(Method::name) + " file, as its name says it is");
    }
  }

  std::string_view next() override {
    while (!ended_) {
      const std::string_view block = reader_.peek_some(BlockReader::capacity);
      method_.give(block);
      method_.take_into(output_);
      const auto step = method_.step();
      if (step == Method::Step::damaged) fault_("its " + std::string(Method::name) + " data is damaged");
      const std::size_t used = block.size() - method_.left_in();
      const std::size_t made = output_.size() - method_.left_out();
      reader_.consume(used);
      budget_.add(made);
      if (step == Method::Step::ended) {
        end_of_stream();
      } else if (used == 0 && made == 0) {
        fault_("its " + std::string(Method::name) + " data ends too early: the file was cut off");
      }
      if (made > 0) return {output_.data(), made};
    }
    return {};
  }

 private:
  void end_of_stream() {
    if (reader_.peek(Method::magic.size()) == Method::magic) {
      method_.restart();
      return;
    }
    ended_ = true;
    for (std::string_view block; !(block = reader_.peek_some(BlockReader::capacity)).empty();
         reader_.consume(block.size())) {
      if (std::ranges::any_of(block, [](char c) { return c != '\0'; })) {
        fault_("bytes follow the end of its " + std::string(Method::name) + " data");
      }
    }
  }

  BlockReader& reader_;
  UnpackBudget& budget_;
  const Fault& fault_;
  Method method_;
  std::vector<char> output_ = std::vector<char>(256u << 10);
  bool ended_ = false;
};

/// Their libraries are loaded at first use: few archives need them, and no package index does.
std::unique_ptr<Decompressor> open_xz(BlockReader& reader, UnpackBudget& budget);
std::unique_ptr<Decompressor> open_zstd(BlockReader& reader, UnpackBudget& budget);

}  // namespace wheelyard::package
