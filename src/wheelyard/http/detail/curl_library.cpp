#include "wheelyard/http/detail/curl_library.hpp"

#include <array>
#include <filesystem>
#include <string_view>

#include <dlfcn.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::http {
namespace {

// Debian's two builds have one ABI; the first found is taken.
constexpr std::array names = {"libcurl.so.4", "libcurl-gnutls.so.4"};

[[noreturn]] void refuse(std::string reason) {
  throw Error(ErrorCode::unsupported, "load", names.front(), std::move(reason),
              "install libcurl 7.80 or newer (Debian: apt-get install libcurl4)");
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  void* symbol = ::dlsym(library, name);
  if (symbol == nullptr) refuse(std::string("it has no function ") + name);
  function = reinterpret_cast<Function>(symbol);
}

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
  void* library = nullptr;
  std::string reason;
  for (const char* name : names) {
    // Never closed: libcurl's own libraries keep state per thread and at exit.
    library = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (library != nullptr) break;
    if (reason.empty()) reason = ::dlerror();
  }
  if (library == nullptr) refuse(reason);

  CurlLibrary curl{};
  find(library, "curl_global_init", curl.global_init);
  find(library, "curl_easy_init", curl.easy_init);
  find(library, "curl_easy_cleanup", curl.easy_cleanup);
  find(library, "curl_easy_reset", curl.easy_reset);
  find(library, "curl_easy_setopt", curl.easy_setopt);
  find(library, "curl_easy_getinfo", curl.easy_getinfo);
  find(library, "curl_easy_pause", curl.easy_pause);
  find(library, "curl_easy_strerror", curl.easy_strerror);
  find(library, "curl_slist_append", curl.slist_append);
  find(library, "curl_slist_free_all", curl.slist_free_all);
  find(library, "curl_multi_init", curl.multi_init);
  find(library, "curl_multi_cleanup", curl.multi_cleanup);
  find(library, "curl_multi_add_handle", curl.multi_add_handle);
  find(library, "curl_multi_remove_handle", curl.multi_remove_handle);
  find(library, "curl_multi_perform", curl.multi_perform);
  find(library, "curl_multi_poll", curl.multi_poll);
  find(library, "curl_multi_info_read", curl.multi_info_read);
  find(library, "curl_share_init", curl.share_init);
  find(library, "curl_share_setopt", curl.share_setopt);
  find(library, "curl_share_cleanup", curl.share_cleanup);

  decltype(&::curl_version_info) version_info = nullptr;
  find(library, "curl_version_info", version_info);
  const auto* version = version_info(CURLVERSION_NOW);
  if (version->version_num < 0x075000) refuse(std::string("it is version ") + version->version);
  curl.ca_folder = hashed_ca_folder(*version);
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) refuse("it fails to initialise");
  return curl;
}

}  // namespace

const CurlLibrary& CurlLibrary::get() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace wheelyard::http
