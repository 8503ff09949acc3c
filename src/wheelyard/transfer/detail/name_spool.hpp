#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::transfer {

/// Names that are put aside and read again, however many: they lie in a file without a name.
class NameSpool {
 public:
  void add(std::string_view name, std::uint64_t size);
  /// From now on they are read.
  void rewind();
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
  };
  std::optional<Entry> next();

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, &std::fclose};
};

}  // namespace wheelyard::transfer
