#pragma once

#include <string>
#include <vector>

#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

class Session;

/// What goes where: a pair a source, each with whether it is a tree, with the wildcards replaced by what they
/// stand for.
struct CopyPlan {
  std::vector<transfer::CopyPair> pairs;
  std::uint64_t folders_left_out = 0;  ///< that wildcards fitted, without `recursive`
};

/// One source goes to the target as it is written: into it where it is a folder (a tree: its contents), under
/// its name else. Several, or what a wildcard stands for, all go into the target, which has to be a folder,
/// each under its own name. Throws UsageError on what cannot be meant.
CopyPlan plan_copy(const Session& session, const std::vector<std::string>& sources, const std::string& target,
                   bool recursive);

/// Whether the last part of a place's name holds a wildcard.
bool has_wildcard(const transfer::Place& place);

}  // namespace wheelyard::cli
