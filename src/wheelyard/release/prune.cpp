#include "wheelyard/release/prune.hpp"

namespace wheelyard::release {

bool end_prune(const StateStore&, const PipelineOptions&, const std::string&, const Intent&) {
  return false;
}

}  // namespace wheelyard::release
