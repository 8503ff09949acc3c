#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {

/// What is thrown for other bytes than were told: how many there were, and their SHA-256 (hexadecimal) where
/// their number is right, else "".
using UnexpectedBytes = std::function<Error(std::uint64_t size, const std::string& sha256)>;

/// The same bytes, digested on their way. It throws instead of giving the last of them unless there are
/// `size` with that SHA-256 (hexadecimal): whoever was to store them has nothing.
std::unique_ptr<Reader> checked_reader(std::unique_ptr<Reader> reader, std::uint64_t size, std::string sha256,
                                       UnexpectedBytes unexpected);

}  // namespace wheelyard
