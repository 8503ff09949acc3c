#include "wheelyard/http/detail/curl_library.hpp"

#include <filesystem>
#include <string_view>

#include "wheelyard/base/shared_library.hpp"

namespace wheelyard::http {
namespace {

/// Only OpenSSL looks certificates up by their hash, and only where `openssl rehash` (Debian's
/// update-ca-certificates) made the links.
std::string hashed_ca_folder(const curl_version_info_data& version) {
  if (version.age < CURLVERSION_SEVENTH || version.capath == nullptr || version.ssl_version == nullptr ||
      !std::string_view(version.ssl_version).starts_with("OpenSSL")) {
    return {};
  }
  std::error_code failure;
  int seen = 0;
  for (std::filesystem::directory_iterator entry(version.capath, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.size() == 10 && name.ends_with(".0") && ++seen >= 20) return version.capath;
  }
  return {};
}

CurlLibrary load() {
  // Debian's two builds have one ABI; the first found is taken.
  const SharedLibrary library({"libcurl.so.4", "libcurl-gnutls.so.4"},
                              "install libcurl 7.80 or newer (Debian: apt-get install libcurl4)");
  CurlLibrary curl{};
  library.find("curl_global_init", curl.global_init);
  library.find("curl_easy_init", curl.easy_init);
  library.find("curl_easy_cleanup", curl.easy_cleanup);
  library.find("curl_easy_reset", curl.easy_reset);
  library.find("curl_easy_setopt", curl.easy_setopt);
  library.find("curl_easy_getinfo", curl.easy_getinfo);
  library.find("curl_easy_pause", curl.easy_pause);
  library.find("curl_easy_strerror", curl.easy_strerror);
  library.find("curl_slist_append", curl.slist_append);
  library.find("curl_slist_free_all", curl.slist_free_all);
  library.find("curl_multi_init", curl.multi_init);
  library.find("curl_multi_cleanup", curl.multi_cleanup);
  library.find("curl_multi_add_handle", curl.multi_add_handle);
  library.find("curl_multi_remove_handle", curl.multi_remove_handle);
  library.find("curl_multi_perform", curl.multi_perform);
  library.find("curl_multi_poll", curl.multi_poll);
  library.find("curl_multi_info_read", curl.multi_info_read);
  library.find("curl_share_init", curl.share_init);
  library.find("curl_share_setopt", curl.share_setopt);
  library.find("curl_share_cleanup", curl.share_cleanup);

  decltype(&::curl_version_info) version_info = nullptr;
  library.find("curl_version_info", version_info);
  const auto* version = version_info(CURLVERSION_NOW);
  if (version->version_num < 0x075000)
    throw library.refusal(std::string("it is version ") + version->version);
  curl.ca_folder = hashed_ca_folder(*version);
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw library.refusal("it fails to initialise");
  return curl;
}

}  // namespace

const CurlLibrary& CurlLibrary::get() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace wheelyard::http
