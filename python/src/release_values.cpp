#include "release_values.hpp"

#include "objects.hpp"
#include "text.hpp"
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

using namespace release;

template <typename Items, typename Convert>
nb::list list_of(const Items& items, Convert convert) {
  nb::list result;
  for (const auto& item : items) result.append(convert(item));
  return result;
}

template <typename Value, typename Convert>
nb::object or_none(const std::optional<Value>& value, Convert convert) {
  return value ? nb::object(convert(*value)) : nb::none();
}

nb::object reference(const Reference& release) {
  return nb::make_tuple(release.version, release.digest);
}

nb::object caller(const Caller& by) {
  return nb::make_tuple(by.identity, by.credential, by.run);
}

nb::object gate(const GateResult& result) {
  return nb::make_tuple(result.gate, result.passed, result.detail);
}

nb::object standing(const Standing& release) {
  return nb::make_tuple(reference(release.release), release.seq, to_datetime(release.since),
                        caller(release.by));
}

nb::object approval(const Approval& given) {
  return nb::make_tuple(given.rank, reference(given.release), caller(given.by), to_datetime(given.at),
                        given.note);
}

nb::object rank_status(const RankStatus& status) {
  return nb::make_tuple(status.rank, or_none(status.standing, standing), status.settled,
                        or_none(status.behind, [](std::uint64_t count) { return nb::cast(count); }),
                        status.size, status.files, status.in_pipeline, list_of(status.approvals, approval));
}

nb::object intent(const Intent& work) {
  return nb::make_tuple(to_string(work.kind), work.rank, reference(work.release), to_datetime(work.since),
                        caller(work.by));
}

std::chrono::seconds seconds(nb::handle number) {
  return std::chrono::seconds(nb::cast<std::int64_t>(number));
}

nb::object traits(const MemberTraits& traits) {
  return nb::make_tuple(traits.type, traits.mode ? nb::cast(*traits.mode) : nb::none(),
                        text_or_none(traits.target));
}

}  // namespace

nb::object to_python(const Manifest& manifest) {
  return nb::make_tuple(manifest.name, manifest.version, manifest.digest(),
                        list_of(manifest.files, [](const ReleaseFile& file) {
                          return nb::make_tuple(file.name, file.size, file.sha256, file.etag, file.key);
                        }));
}

nb::object to_python(const StepReport& report) {
  return nb::make_tuple(to_string(report.outcome), to_string(report.action), report.name, report.rank,
                        text_or_none(report.source), or_none(report.previous, reference),
                        to_python(report.manifest), report.seq, list_of(report.gates, gate));
}

nb::object to_python(const NameStatus& status) {
  return nb::make_tuple(status.name, status.seq, list_of(status.ranks, rank_status),
                        list_of(status.intents, intent), status.adopted);
}

nb::object to_python(const Entry& entry) {
  return nb::make_tuple(
      entry.seq, to_string(entry.action), text_or_none(entry.rank), or_none(entry.from, reference),
      or_none(entry.to, reference), text_or_none(entry.source), entry.skipped,
      entry.undone != 0 ? nb::cast(entry.undone) : nb::none(), list_of(entry.pruned, reference),
      to_datetime(entry.at), caller(entry.by), entry.note, list_of(entry.gates, gate), entry.previous);
}

nb::object to_python(const DownloadReport& report) {
  return nb::make_tuple(to_python(report.manifest), report.rank, report.seq,
                        list_of(report.paths, [](const auto& path) { return nb::cast(path.string()); }));
}

nb::object to_python(const DiffReport& report) {
  return nb::make_tuple(
      to_python(report.before), to_python(report.after),
      list_of(report.differences,
              [](const Difference& difference) {
                return nb::make_tuple(
                    to_string(difference.kind), difference.file, text_or_none(difference.member),
                    difference.size_before, difference.size_after, text_or_none(difference.file_before),
                    text_or_none(difference.member_before), or_none(difference.traits_before, traits),
                    or_none(difference.traits_after, traits));
              }),
      report.notes);
}

nb::object to_python(const PruneReport& report) {
  return nb::make_tuple(list_of(report.pruned,
                                [](const PrunedVersion& version) {
                                  return nb::make_tuple(version.name, reference(version.release),
                                                        version.size, version.files);
                                }),
                        report.kept);
}

nb::object to_python(const VerifyReport& report) {
  return nb::make_tuple(report.clean(), report.names, report.entries, report.versions, report.files,
                        report.bytes_read, list_of(report.problems, [](const Problem& problem) {
                          return nb::make_tuple(problem.kind, problem.name, problem.item, problem.detail,
                                                to_string(problem.state), problem.action);
                        }));
}

RankRules to_rank_rules(nb::handle rules) {
  RankRules made;
  made.rank = nb::cast<std::string>(rules[0]);
  made.may_skip = nb::cast<std::vector<std::string>>(rules[1]);
  made.minimum_time = seconds(rules[2]);
  made.note = nb::cast<bool>(rules[3]);
  made.approvals = nb::cast<std::size_t>(rules[4]);
  for (nb::handle command : rules[5]) {
    made.commands.push_back({.name = nb::cast<std::string>(command[0]),
                             .command = nb::cast<std::vector<std::string>>(command[1]),
                             .timeout = seconds(command[2])});
  }
  return made;
}

}  // namespace wheelyard::python
