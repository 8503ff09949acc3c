#include "wheelyard/store/local/file_descriptor.hpp"

#include <cerrno>
#include <system_error>

namespace wheelyard::store::local {

Error system_error(int number, std::string doing, const std::string& target) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Error(ErrorCode::unavailable, std::move(doing), target, "there is no space left for it",
                   "free some space on that file system, or raise the quota, and try again");
    case EACCES:
    case EPERM:
      return Error(ErrorCode::permission_denied, std::move(doing), target, "this user may not do that there",
                   "check owner and mode of the file and of its folder");
    case EROFS:
      return Error(ErrorCode::permission_denied, std::move(doing), target, "the file system is read-only",
                   "mount it writable, or use another folder");
    case ENAMETOOLONG:
      return Error(ErrorCode::invalid_argument, std::move(doing), target, "the name is too long for a file");
    case EMFILE:
    case ENFILE:
      return Error(ErrorCode::unavailable, std::move(doing), target, "too many files are open",
                   "raise the limit (ulimit -n)");
    default:
      return Error(ErrorCode::unavailable, std::move(doing), target, std::generic_category().message(number));
  }
}

}  // namespace wheelyard::store::local
