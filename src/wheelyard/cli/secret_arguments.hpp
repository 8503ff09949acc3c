#pragma once

#include <string>
#include <vector>

namespace wheelyard::cli {

/// The arguments of main. A secret among them (the value of --aws_secret_access_key, which the commands of
/// ilabs.s3util take) is overwritten in the process's own memory at once, so that the list of processes does
/// not show it.
std::vector<std::string> take_arguments(int count, char** arguments);

}  // namespace wheelyard::cli
