#include "wheelyard/store/s3/s3_regions.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace wheelyard::store::s3 {
namespace {

constexpr std::size_t most_kept = 1'000;

struct Memory {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::string> regions;
};

Memory& memory() {
  static Memory kept;
  return kept;
}

}  // namespace

std::optional<std::string> remembered_region(const std::string& endpoint, const std::string& bucket) {
  const std::lock_guard lock(memory().mutex);
  auto found = memory().regions.find({endpoint, bucket});
  return found == memory().regions.end() ? std::nullopt : std::optional(found->second);
}

void remember_region(const std::string& endpoint, const std::string& bucket, const std::string& region) {
  const std::lock_guard lock(memory().mutex);
  auto& regions = memory().regions;
  if (regions.size() >= most_kept) regions.erase(regions.begin());
  regions.insert_or_assign({endpoint, bucket}, region);
}

}  // namespace wheelyard::store::s3
