#pragma once

#include <string>
#include <string_view>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::package {

/// An archive's name for messages, and the one way in which its readers complain.
struct Fault {
  std::string filename;

  [[noreturn]] void operator()(
      std::string reason, std::string hint = "build it again, or fetch it again if it was downloaded") const {
    throw Error(ErrorCode::corrupted, "accept", filename, std::move(reason), std::move(hint));
  }
  [[noreturn]] void member(std::string_view name, std::string_view reason) const {
    (*this)("its member " + quoted(name) + " " + std::string(reason));
  }

  static std::string quoted(std::string_view text) { return "\"" + printable(text, 200) + "\""; }
};

}  // namespace wheelyard::package
