#include "wheelyard/release/adopt.hpp"

namespace wheelyard::release {

std::optional<StoredState> adopt(const StateStore&, const PipelineRules&, const PipelineOptions&,
                                 const std::string&) {
  return std::nullopt;
}

std::optional<PipelineState> look_at_legacy(const StateStore&, const PipelineRules&, const std::string&) {
  return std::nullopt;
}

}  // namespace wheelyard::release
