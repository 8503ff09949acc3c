#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/duration.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/release/rules.hpp"

namespace wheelyard::release {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

/// Between the request to end and the end by force.
constexpr std::chrono::milliseconds grace{1000};

GateResult check_minimum_time(const GateQuestion& question) {
  const auto wanted = question.rules->minimum_time;
  GateResult result{.gate = "minimum_time " + duration_text(wanted), .passed = {}, .detail = {}};
  const auto stood = std::chrono::floor<seconds>(question.at - question.standing.since);
  result.passed = stood >= wanted;
  result.detail = "in " + question.source + " for " + spoken_duration(stood);
  if (!result.passed) {
    result.detail += "; it may come on " + to_rfc3339(question.standing.since + wanted).substr(0, 19) + "Z";
  }
  return result;
}

GateResult check_note(const GateQuestion& question) {
  const bool given = !trim(question.note).empty();
  return {.gate = "note", .passed = given, .detail = given ? "given" : "none is given"};
}

GateResult check_approvals(const GateQuestion& question) {
  const auto& rules = *question.rules;
  std::set<std::string> names;
  for (const auto& approval : question.state->approvals) {
    if (approval.rank != rules.rank || approval.release != question.standing.release) continue;
    if (!approval.by.identity.empty() && approval.by.identity != question.by.identity)
      names.insert(approval.by.identity);
  }
  GateResult result{.gate = "approval", .passed = names.size() >= rules.approvals, .detail = {}};
  const std::vector<std::string> listed(names.begin(), names.end());
  result.detail = listed.empty() ? "by nobody else" : "approved by " + join(listed, ", ");
  if (!result.passed) {
    result.detail += "; " + std::to_string(rules.approvals) + " other" + (rules.approvals == 1 ? "" : "s") +
                     " than " + question.by.identity + " have to";
  }
  return result;
}

/// This process's variables, those of the gate in their place.
std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& own) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto name = text.substr(0, text.find('='));
    if (std::ranges::none_of(own, [&](const auto& each) { return each.first == name; }))
      all.emplace_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
  return all;
}

ChildSetup setup_of(const CommandGate& gate, const GateQuestion& question,
                    const std::filesystem::path& folder) {
  const auto place = std::filesystem::absolute(folder);
  ChildSetup setup;
  setup.words = gate.command;
  for (const auto& file : question.manifest->files) setup.words.push_back((place / file.name).string());
  setup.environment = environment_with({{"WHEELYARD_RELEASE_NAME", question.manifest->name},
                                        {"WHEELYARD_RELEASE_VERSION", question.manifest->version},
                                        {"WHEELYARD_RELEASE_DIGEST", question.standing.release.digest},
                                        {"WHEELYARD_RELEASE_RANK", question.rules->rank},
                                        {"WHEELYARD_RELEASE_SOURCE", question.source},
                                        {"WHEELYARD_RELEASE_FOLDER", place.string()}});
  setup.folder = gate.folder.string();
  setup.output = STDERR_FILENO;
  setup.empty_input = true;
  setup.own_group = true;
  return setup;
}

std::string end_text(const ChildEnd& end) {
  if (!end.known) return "how it ended is not known";
  if (end.signal != 0) return "ended by signal " + std::to_string(end.signal);
  return "exit status " + std::to_string(end.status);
}

GateResult run(const CommandGate& gate, const GateQuestion& question, const std::filesystem::path& folder,
               const std::function<void()>& on_wait) {
  GateResult result{.gate = "command " + (gate.name.empty() ? join(gate.command, " ") : gate.name),
                    .passed = false,
                    .detail = {}};
  const auto begun = steady_clock::now();
  try {
    ChildProcess child(setup_of(gate, question, folder));
    std::optional<ChildEnd> end;
    try {
      end = child.wait_until(begun + gate.timeout, on_wait);
    } catch (...) {
      child.end(grace);
      throw;
    }
    if (!end) {
      child.end(grace);
      result.detail = "it had not ended after " + duration_text(gate.timeout) + " and was ended";
      return result;
    }
    result.passed = end->known && end->exit_status() == 0;
    result.detail = end_text(*end) + " after " +
                    spoken_duration(std::chrono::floor<seconds>(steady_clock::now() - begun));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::permission_denied &&
        error.code() != ErrorCode::unavailable)
      throw;
    result.detail = error.what();
  }
  return result;
}

}  // namespace

std::vector<GateResult> check_rules(const GateQuestion& question) {
  std::vector<GateResult> results;
  if (question.rules->minimum_time > seconds(0)) results.push_back(check_minimum_time(question));
  if (question.rules->note) results.push_back(check_note(question));
  if (question.rules->approvals > 0) results.push_back(check_approvals(question));
  return results;
}

GateResult run_command_gate(const CommandGate& gate, const GateQuestion& question,
                            const std::filesystem::path& folder) {
  return run(gate, question, folder, {});
}

CommandGateRunner command_gate_runner(std::function<void()> on_wait) {
  return [on_wait = std::move(on_wait)](const CommandGate& gate, const GateQuestion& question,
                                        const std::filesystem::path& folder) {
    return run(gate, question, folder, on_wait);
  };
}

}  // namespace wheelyard::release
