#pragma once

#include <string>

#include "wheelyard/base/error.hpp"

namespace wheelyard::store {

/// What everything has in common that reads an object, changes it and writes it back by `update`: it loses to
/// others now and then, and goes round again.

/// Waits a little before round `round` (0 is the first) of something that lost a race: not at all for the
/// first three, then at random, up to a second.
void wait_before_round(int round);
/// Rounds after which a race that is always lost is given up.
inline constexpr int max_rounds = 200;
[[noreturn]] void give_up(const std::string& what);

/// Whether an error says that somebody else was first: what `create` and `update` throw.
bool is_lost_race(const Error& error);

}  // namespace wheelyard::store
