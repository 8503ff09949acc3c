#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>

#include <sys/socket.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/http/detail/exchange.hpp"

namespace wheelyard::http {
namespace {

constexpr std::uint64_t large_body = 1u << 20;
/// Of libcurl's own: fewer system calls than with its 64 KiB, and still in the processor's cache. Every open
/// connection keeps the one for receiving.
constexpr long receive_buffer_size = 160L * 1024;
constexpr long send_buffer_size = 256L * 1024;
constexpr std::uint64_t sent_with_headers = 64u << 10;

/// No connection reaches a child process.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

[[noreturn]] void refuse(const Request& request, std::string reason) {
  throw Error(ErrorCode::invalid_argument, "send " + request.method + " to", request.url.display(),
              std::move(reason));
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

}  // namespace

template <typename Value>
void Exchange::set(CURLoption option, Value value) {
  const CURLcode code = curl_.easy_setopt(channel_->easy, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) {
    throw Error(ErrorCode::unsupported, "send " + request_.method + " to", request_.url.display(),
                "libcurl refuses option " + std::to_string(option) + ": " + curl_.easy_strerror(code));
  }
}

void Exchange::configure(const Attempt& attempt) {
  if (request_.url.scheme != "http" && request_.url.scheme != "https")
    refuse(request_, "its scheme is neither http nor https");
  if (!is_token(request_.method)) refuse(request_, "the method is not one of HTTP's");
  request_.url.fragment.clear();
  if (request_.url.path.empty()) request_.url.path = "/";

  set(CURLOPT_URL, request_.url.to_string().c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_FRESH_CONNECT, attempt.fresh_connection ? 1L : 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  // A kept connection carries one request at a time here, so that HTTP/2 would only cost its larger windows.
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_->connect_timeout.count()));
  set(CURLOPT_BUFFERSIZE, receive_buffer_size);
  set(CURLOPT_UPLOAD_BUFFERSIZE, send_buffer_size);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_USERAGENT, options_->user_agent.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_SSL_VERIFYPEER, options_->verify_tls ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, options_->verify_tls ? 2L : 0L);
  if (request_.url.scheme == "https" && !options_->ca_bundle.empty()) {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(options_->ca_bundle, ignored);
    set(CURLOPT_CAINFO, folder ? nullptr : options_->ca_bundle.c_str());
    set(CURLOPT_CAPATH, folder ? options_->ca_bundle.c_str() : nullptr);
  } else if (request_.url.scheme == "https" && !curl_.ca_folder.empty()) {
    set(CURLOPT_CAINFO, nullptr);
    set(CURLOPT_CAPATH, curl_.ca_folder.c_str());
  }
  configure_proxy();
  configure_body();
  configure_headers(attempt);

  using Bytes = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_HEADERFUNCTION, Bytes([](char* data, std::size_t size, std::size_t count, void* self) {
        return static_cast<Exchange*>(self)->on_header({data, size * count});
      }));
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_WRITEFUNCTION, Bytes([](char* data, std::size_t size, std::size_t count, void* self) {
        return static_cast<Exchange*>(self)->on_body(data, size * count);
      }));
  set(CURLOPT_READDATA, this);
  set(CURLOPT_READFUNCTION, Bytes([](char* data, std::size_t size, std::size_t count, void* self) {
        return static_cast<Exchange*>(self)->on_upload(data, size * count);
      }));
  using Sending = int (*)(void*, char*, char*, int, int);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_PREREQFUNCTION,
      Sending([](void* self, char*, char*, int, int) { return static_cast<Exchange*>(self)->on_sending(); }));
  if (curl_.multi_add_handle(channel_->multi, channel_->easy) != CURLM_OK) throw std::bad_alloc();
}

/// libcurl reads the environment itself, but HTTP_PROXY in lower case only, for the sake of CGI programs.
void Exchange::configure_proxy() {
  if (options_->direct) {
    set(CURLOPT_PROXY, "");
  } else if (!options_->proxy.empty()) {
    set(CURLOPT_PROXY, options_->proxy.c_str());
    set(CURLOPT_NOPROXY, "");  // a setting of our own goes before the environment
  } else if (request_.url.scheme == "http" && environment("http_proxy") == nullptr &&
             environment("REQUEST_METHOD") == nullptr) {
    if (const char* proxy = environment("HTTP_PROXY")) set(CURLOPT_PROXY, proxy);
  }
}

void Exchange::configure_body() {
  if (!request_.body) {
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH") {
      set(CURLOPT_POSTFIELDS, "");
      set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
    }
  } else if (request_.method == "HEAD") {
    refuse(request_, "a HEAD request has no body");
  } else if (const auto bytes = request_.body->in_memory();
             bytes.data() != nullptr && bytes.size() <= sent_with_headers) {
    // One packet with the headers.
    set(CURLOPT_POSTFIELDS, bytes.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
  } else {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  }
  if (request_.method != "HEAD" && request_.method != "GET")
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.method == "GET" && request_.body) set(CURLOPT_CUSTOMREQUEST, "GET");
}

void Exchange::configure_headers(const Attempt& attempt) {
  std::string line;
  const auto append = [this](const std::string& field) {
    curl_slist* longer = curl_.slist_append(request_headers_, field.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    request_headers_ = longer;
  };
  for (const auto& [name, value] : request_.headers.fields()) {
    if (!is_token(name) || has_control(value)) {
      refuse(request_, "the header \"" + name + "\" holds characters that a header cannot");
    }
    // The body says how long it is; libcurl needs its own word for an empty value.
    if (equals_ignoring_case(name, "Content-Length") || equals_ignoring_case(name, "Transfer-Encoding"))
      continue;
    line = name;
    if (trim(value).empty()) {
      line += ';';
    } else {
      line.append(": ").append(value);
    }
    append(line);
  }
  if (request_.body || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH") {
    if (!request_.headers.find("Content-Type")) append("Content-Type:");
    if (request_.body && !request_.headers.find("Expect")) {
      // A large body is worth one round trip first: a refusal then costs no upload.
      asked_first_ = attempt.ask_before_large_body && request_.body->size() >= large_body;
      append(asked_first_ ? "Expect: 100-continue" : "Expect:");
      set(CURLOPT_EXPECT_100_TIMEOUT_MS, 500L);
    }
  }
  set(CURLOPT_HTTPHEADER, request_headers_);
}

}  // namespace wheelyard::http
