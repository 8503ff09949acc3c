#pragma once

#include <string>
#include <string_view>

namespace wheelyard::release {

/// Names this process among all of this machine and others: start of the machine, process namespace, process
/// id, start of the process.
std::string this_worker();

/// Whether a worker is certainly gone: it ran on this machine (since its last start) and does no more. False
/// for what runs elsewhere.
bool is_gone(std::string_view worker);

}  // namespace wheelyard::release
