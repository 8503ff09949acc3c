#pragma once

#include <microhttpd.h>

namespace wheelyard::server {

/// The functions of libmicrohttpd that are used, from a library that is loaded when a server starts: it
/// brings GnuTLS and eight libraries more along, which no other verb needs
/// (docs/decisions/003-http-server.md).
struct MicrohttpdLibrary {
  decltype(&::MHD_start_daemon) start_daemon;
  decltype(&::MHD_quiesce_daemon) quiesce_daemon;
  decltype(&::MHD_stop_daemon) stop_daemon;
  decltype(&::MHD_get_connection_info) get_connection_info;
  decltype(&::MHD_get_connection_values) get_connection_values;
  decltype(&::MHD_create_response_from_buffer_with_free_callback_cls) create_response_from_buffer;
  decltype(&::MHD_create_response_from_callback) create_response_from_callback;
  decltype(&::MHD_add_response_header) add_response_header;
  decltype(&::MHD_queue_response) queue_response;
  decltype(&::MHD_destroy_response) destroy_response;

  /// Loads it the first time. Throws `unsupported` where it is missing or too old. Thread-safe.
  static const MicrohttpdLibrary& get();
};

}  // namespace wheelyard::server
