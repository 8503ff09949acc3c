#include "wheelyard/index/repository.hpp"

namespace wheelyard::index {

std::string_view to_string(PublishedFile::Outcome outcome) {
  switch (outcome) {
    case PublishedFile::Outcome::published:
      return "published";
    case PublishedFile::Outcome::unchanged:
      return "unchanged";
    case PublishedFile::Outcome::replaced:
      return "replaced";
  }
  return "unknown";
}

std::string_view to_string(Problem::State state) {
  switch (state) {
    case Problem::State::found:
      return "found";
    case Problem::State::repaired:
      return "repaired";
    case Problem::State::would_repair:
      return "would_repair";
    case Problem::State::cannot_repair:
      return "cannot_repair";
  }
  return "unknown";
}

}  // namespace wheelyard::index
