#include "wheelyard/index/object_options.hpp"

namespace wheelyard::index {

store::PutOptions file_options(std::string_view filename, const std::string& acl) {
  store::PutOptions options;
  options.content_type = filename.ends_with(".whl") || filename.ends_with(".zip") ? "application/zip"
                         : filename.ends_with(".bz2")                             ? "application/x-bzip2"
                                                                                  : "application/gzip";
  options.cache_control = immutable_cache_control;
  options.acl = acl;
  return options;
}

store::PutOptions metadata_options(const std::string& acl) {
  store::PutOptions options;
  options.content_type = metadata_content_type;
  options.cache_control = immutable_cache_control;
  options.acl = acl;
  return options;
}

}  // namespace wheelyard::index
