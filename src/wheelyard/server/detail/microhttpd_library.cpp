#include "wheelyard/server/detail/microhttpd_library.hpp"

#include "wheelyard/base/shared_library.hpp"

namespace wheelyard::server {
namespace {

MicrohttpdLibrary load() {
  const SharedLibrary library(
      {"libmicrohttpd.so.12"},
      "install libmicrohttpd 0.9.75 or newer (Debian: apt-get install libmicrohttpd12)");
  MicrohttpdLibrary mhd{};
  library.find("MHD_start_daemon", mhd.start_daemon);
  library.find("MHD_quiesce_daemon", mhd.quiesce_daemon);
  library.find("MHD_stop_daemon", mhd.stop_daemon);
  library.find("MHD_get_connection_info", mhd.get_connection_info);
  library.find("MHD_get_connection_values", mhd.get_connection_values);
  library.find("MHD_create_response_from_buffer_with_free_callback_cls", mhd.create_response_from_buffer);
  library.find("MHD_create_response_from_callback", mhd.create_response_from_callback);
  library.find("MHD_add_response_header", mhd.add_response_header);
  library.find("MHD_queue_response", mhd.queue_response);
  library.find("MHD_destroy_response", mhd.destroy_response);
  return mhd;
}

}  // namespace

const MicrohttpdLibrary& MicrohttpdLibrary::get() {
  static const MicrohttpdLibrary library = load();
  return library;
}

}  // namespace wheelyard::server
