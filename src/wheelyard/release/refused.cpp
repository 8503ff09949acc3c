#include "wheelyard/release/refused.hpp"

#include <utility>

namespace wheelyard::release {

namespace {

ErrorCode code_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_rank:
    case Refusal::skipped_rank:
      return ErrorCode::invalid_argument;
    case Refusal::unknown_release:
    case Refusal::nothing_to_promote:
    case Refusal::nothing_earlier:
    case Refusal::pruned:
      return ErrorCode::not_found;
    case Refusal::version_taken:
    case Refusal::being_pushed:
    case Refusal::file_taken:
      return ErrorCode::already_exists;
    case Refusal::other_version:
    case Refusal::gate:
      break;
  }
  return ErrorCode::precondition_failed;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_rank:
      return "unknown_rank";
    case Refusal::unknown_release:
      return "unknown_release";
    case Refusal::nothing_to_promote:
      return "nothing_to_promote";
    case Refusal::skipped_rank:
      return "skipped_rank";
    case Refusal::other_version:
      return "other_version";
    case Refusal::gate:
      return "gate";
    case Refusal::version_taken:
      return "version_taken";
    case Refusal::being_pushed:
      return "being_pushed";
    case Refusal::file_taken:
      return "file_taken";
    case Refusal::pruned:
      return "pruned";
    case Refusal::nothing_earlier:
      break;
  }
  return "nothing_earlier";
}

Refused::Refused(Refusal refusal, std::string doing, std::string target, std::string reason, std::string hint)
    : Error(code_of(refusal), std::move(doing), std::move(target), std::move(reason), std::move(hint)),
      refusal_(refusal) {}

}  // namespace wheelyard::release
