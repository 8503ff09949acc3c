#pragma once

#include <initializer_list>
#include <string>

#include "wheelyard/base/error.hpp"

namespace wheelyard {

/// A shared library that is loaded when something needs it, so that a start does not pay for it
/// (docs/decisions/001-lazy-libcurl.md). Never closed: threads may still run in it, and its own libraries
/// keep state until the process ends.
class SharedLibrary {
 public:
  /// Loads the first of `names` that is there. Throws `unsupported` with `hint`: how to install it.
  SharedLibrary(std::initializer_list<const char*> names, std::string hint);

  /// Sets `function` to the function of that name. Throws `unsupported` where the library has none.
  template <typename Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(symbol(name));
  }
  /// For a library that is there and does not serve: its error.
  Error refusal(std::string reason) const;

 private:
  void* symbol(const char* name) const;

  void* handle_ = nullptr;
  std::string name_;
  std::string hint_;
};

}  // namespace wheelyard
