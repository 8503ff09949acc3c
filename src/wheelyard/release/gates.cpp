#include "wheelyard/release/rules.hpp"

namespace wheelyard::release {

std::vector<GateResult> check_rules(const GateQuestion&) {
  return {};
}

GateResult run_command_gate(const CommandGate& gate, const GateQuestion&, const std::filesystem::path&) {
  return {.gate = gate.name, .passed = false, .detail = "commands are not run yet"};
}

}  // namespace wheelyard::release
