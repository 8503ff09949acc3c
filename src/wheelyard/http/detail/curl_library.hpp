#pragma once

#include <string>

#include <curl/curl.h>

namespace wheelyard::http {

/// The functions of libcurl that are used, from a library that is loaded at first use: with the 40 libraries
/// that it brings along it costs more start-up time than all else (docs/decisions/001-lazy-libcurl.md).
struct CurlLibrary {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_pause) easy_pause;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_share_init) share_init;
  decltype(&::curl_share_setopt) share_setopt;
  decltype(&::curl_share_cleanup) share_cleanup;

  /// A folder of the system's certificates under their hashes, if there is one: from it a connection reads
  /// the one certificate that it needs, while the bundle costs 18 ms of CPU each time. Else empty: libcurl's
  /// own default.
  std::string ca_folder;

  /// Loads and initialises it the first time. Throws `unsupported` where it is missing or too old.
  /// Thread-safe.
  static const CurlLibrary& get();
};

}  // namespace wheelyard::http
