#include "wheelyard/base/shared_library.hpp"

#include <utility>

#include <dlfcn.h>

namespace wheelyard {

SharedLibrary::SharedLibrary(std::initializer_list<const char*> names, std::string hint)
    : name_(*names.begin()), hint_(std::move(hint)) {
  std::string reason;
  for (const char* name : names) {
    handle_ = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (handle_ != nullptr) return;
    if (reason.empty()) reason = ::dlerror();
  }
  throw refusal(std::move(reason));
}

Error SharedLibrary::refusal(std::string reason) const {
  return Error(ErrorCode::unsupported, "load", name_, std::move(reason), hint_);
}

void* SharedLibrary::symbol(const char* name) const {
  void* found = ::dlsym(handle_, name);
  if (found == nullptr) throw refusal("it has no function " + std::string(name));
  return found;
}

}  // namespace wheelyard
