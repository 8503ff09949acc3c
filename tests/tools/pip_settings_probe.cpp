// Prints, as one JSON document, the upstream index and any of pip's settings (arguments: SECTION KEY …) that
// its own environment resolves to, for comparison with pip. Test data only.
#include <iostream>

#include <nlohmann/json.hpp>

#include "wheelyard/base/error.hpp"
#include "wheelyard/config/settings.hpp"

int main(int count, char** arguments) {
  using namespace wheelyard;
  const auto environment = auth::process_environment();
  nlohmann::json answer;
  try {
    const auto upstream = config::upstream_index("", environment);
    answer["upstream"] = {upstream.value, upstream.origin};
    for (int i = 1; i + 1 < count; i += 2) {
      const auto found = config::pip_setting(arguments[i], arguments[i + 1], environment);
      answer["settings"].push_back(found ? nlohmann::json(found->value) : nlohmann::json());
    }
  } catch (const Error& error) {
    answer = {{"error", error.what()}};
  }
  std::cout << answer.dump() << "\n";
  return 0;
}
