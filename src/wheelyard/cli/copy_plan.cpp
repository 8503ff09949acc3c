#include "wheelyard/cli/copy_plan.hpp"

#include <set>

#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

using transfer::Place;
using Kind = transfer::Place::Kind;

/// The last part of what a key or path says, without slashes around it.
std::string last_name(const Place& place) {
  std::string text = place.kind == Kind::store ? place.key : place.path.lexically_normal().string();
  while (text.ends_with('/')) text.pop_back();
  return text.substr(text.rfind('/') + 1);
}

/// Whether --recursive has a tree to go down: a key may always be the beginning of others.
bool is_tree(const Place& source, bool named_by_pattern) {
  return source.names_folder || (source.kind == Kind::store && !named_by_pattern);
}

/// A place below a folder.
Place below(const Place& folder, const std::string& name, bool is_folder) {
  Place place = folder;
  place.names_folder = is_folder;
  if (place.kind == Kind::store) {
    if (!place.key.empty() && !place.key.ends_with('/')) place.key += '/';
    place.key += name + (is_folder ? "/" : "");
  } else {
    place.path /= is_folder ? name + "/" : name;
  }
  return place;
}

void refuse_stream(const Place& place) {
  if (place.kind == Kind::stream)
    throw UsageError("'-' goes alone: one source and one target, no --recursive");
}

/// Into a folder, each under its own name.
void add_named(CopyPlan& plan, const Place& source, const Place& target, bool tree,
               std::set<std::string>& names) {
  const std::string name = last_name(source);
  if (name.empty() || name == "." || name == "..") {
    throw UsageError("'" + source.describe() + "' has no name to be kept among several sources",
                     "copy it alone, to a target of its own");
  }
  if (!names.insert(name).second) {
    throw UsageError("two of the sources are called '" + name + "', and the second would replace the first",
                     "copy them to targets of their own");
  }
  plan.pairs.push_back({.source = source, .target = below(target, name, tree), .recursive = tree});
}

}  // namespace

bool has_wildcard(const Place& place) {
  if (place.kind == Kind::stream) return false;
  return last_name(place).find_first_of("*?[") != std::string::npos;
}

CopyPlan plan_copy(const Session& session, const std::vector<std::string>& sources,
                   const std::string& target_text, bool recursive) {
  CopyPlan plan;
  const Place target = session.place(target_text);
  if (recursive) refuse_stream(target);
  if (sources.size() == 1) {
    const Place source = session.place(sources.front());
    if (recursive) refuse_stream(source);
    if (!has_wildcard(source)) {
      plan.pairs.push_back(
          {.source = source, .target = target, .recursive = recursive && is_tree(source, false)});
      return plan;
    }
  }
  refuse_stream(target);
  std::set<std::string> names;
  for (const auto& text : sources) {
    const Place source = session.place(text);
    refuse_stream(source);
    const bool wild = has_wildcard(source);
    for (const Place& each : transfer::expand(source)) {
      const bool pattern = wild && each.describe() != source.describe();
      if (each.names_folder && !recursive) {
        if (!pattern) {
          throw UsageError("'" + each.describe() + "' is a folder", "--recursive takes what is in it");
        }
        ++plan.folders_left_out;
        continue;
      }
      // A pattern that stands for nothing but an object of just this name is no pattern.
      if (sources.size() == 1 && !pattern) {
        plan.pairs.push_back(
            {.source = each, .target = target, .recursive = recursive && is_tree(each, false)});
        return plan;
      }
      add_named(plan, each, target, recursive && is_tree(each, pattern), names);
    }
  }
  if (plan.pairs.empty()) {
    throw UsageError("only folders fit '" + sources.front() + "'", "--recursive takes what is in them");
  }
  if (!target.names_folder) {
    throw UsageError("several sources go into a folder, and '" + target_text + "' names none",
                     "end it with '/'");
  }
  return plan;
}

}  // namespace wheelyard::cli
