#include "wheelyard/server/detail/microhttpd_library.hpp"

#include <string>

#include <dlfcn.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::server {
namespace {

constexpr const char* library_name = "libmicrohttpd.so.12";

[[noreturn]] void refuse(std::string reason) {
  throw Error(ErrorCode::unsupported, "load", library_name, std::move(reason),
              "install libmicrohttpd 0.9.75 or newer (Debian: apt-get install libmicrohttpd12)");
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  void* symbol = ::dlsym(library, name);
  if (symbol == nullptr) refuse(std::string("it has no function ") + name);
  function = reinterpret_cast<Function>(symbol);
}

MicrohttpdLibrary load() {
  void* library =
      ::dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);  // never closed: threads may still run in it
  if (library == nullptr) refuse(::dlerror());
  MicrohttpdLibrary mhd{};
  find(library, "MHD_start_daemon", mhd.start_daemon);
  find(library, "MHD_quiesce_daemon", mhd.quiesce_daemon);
  find(library, "MHD_stop_daemon", mhd.stop_daemon);
  find(library, "MHD_get_connection_info", mhd.get_connection_info);
  find(library, "MHD_get_connection_values", mhd.get_connection_values);
  find(library, "MHD_create_response_from_buffer_with_free_callback_cls", mhd.create_response_from_buffer);
  find(library, "MHD_create_response_from_callback", mhd.create_response_from_callback);
  find(library, "MHD_add_response_header", mhd.add_response_header);
  find(library, "MHD_queue_response", mhd.queue_response);
  find(library, "MHD_destroy_response", mhd.destroy_response);
  return mhd;
}

}  // namespace

const MicrohttpdLibrary& MicrohttpdLibrary::get() {
  static const MicrohttpdLibrary library = load();
  return library;
}

}  // namespace wheelyard::server
