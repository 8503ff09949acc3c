// Many requests from many threads: through http::Client, or through libcurl alone with a handle for each
// thread. bench/run http starts a server and runs this once for each row of its table.
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <curl/curl.h>

#include "wheelyard/http/client.hpp"

namespace {

struct Work {
  std::string prefix;  ///< objects are PREFIX0, PREFIX1, ...
  std::string method = "GET";
  std::size_t count = 5'000;
  std::size_t threads = 16;
  std::size_t size = 8 * 1024;  ///< of what is put

  std::string url(std::size_t number) const { return prefix + std::to_string(number); }
};

struct Counter : wheelyard::ByteSink {
  void write(std::string_view bytes) override { count += bytes.size(); }
  std::size_t count = 0;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

/// The same bytes from the start each time.
class Zeros : public wheelyard::Source {
 public:
  explicit Zeros(std::size_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<wheelyard::Reader> open() const override {
    struct ZerosReader : wheelyard::Reader {
      explicit ZerosReader(std::size_t size) : left(size) {}
      std::size_t read(char*, std::size_t capacity) override {
        const std::size_t count = std::min(capacity, left);
        left -= count;
        return count;
      }
      std::size_t left;
    };
    return std::make_unique<ZerosReader>(size_);
  }

 private:
  std::size_t size_;
};

class ByClient {
 public:
  explicit ByClient(const Work& work) : work_(work), body_(body_of(work)) {}
  std::size_t send(std::size_t number) {
    wheelyard::http::Request request;
    request.method = work_.method;
    request.url = wheelyard::Url::parse(work_.url(number));
    request.body = body_;
    auto response = client().send(request);
    if (response.status != 200) fail("status " + std::to_string(response.status));
    Counter sink;
    response.body->copy_to(sink);
    return sink.count;
  }

 private:
  static wheelyard::SourcePtr body_of(const Work& work) {
    if (work.method != "PUT") return nullptr;
    if (work.size > 1u << 20) return std::make_shared<Zeros>(work.size);
    return wheelyard::bytes_source(std::string(work.size, '\0'));
  }
  static wheelyard::http::Client& client() {
    static wheelyard::http::Client shared({.direct = true});
    return shared;
  }
  const Work& work_;
  wheelyard::SourcePtr body_;
};

class ByLibcurl {
 public:
  explicit ByLibcurl(const Work& work) : work_(work), easy_(curl_easy_init()) {
    using Bytes = std::size_t (*)(char*, std::size_t, std::size_t, void*);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION,
                     Bytes([](char*, std::size_t size, std::size_t count, void* self) {
                       static_cast<ByLibcurl*>(self)->received_ += size * count;
                       return size * count;
                     }));
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    if (work.method == "PUT") {
      curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(work.size));
      curl_easy_setopt(easy_, CURLOPT_READFUNCTION,
                       Bytes([](char*, std::size_t size, std::size_t count, void* self) {
                         auto& left = static_cast<ByLibcurl*>(self)->left_;
                         const std::size_t given = std::min(left, size * count);
                         left -= given;
                         return given;
                       }));
      curl_easy_setopt(easy_, CURLOPT_READDATA, this);
      headers_ = curl_slist_append(nullptr, "Expect:");
      curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    }
  }
  ~ByLibcurl() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }
  ByLibcurl(const ByLibcurl&) = delete;
  ByLibcurl& operator=(const ByLibcurl&) = delete;

  std::size_t send(std::size_t number) {
    curl_easy_setopt(easy_, CURLOPT_URL, work_.url(number).c_str());
    received_ = 0;
    left_ = work_.size;
    if (const CURLcode code = curl_easy_perform(easy_); code != CURLE_OK) fail(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("status " + std::to_string(status));
    return received_;
  }

 private:
  const Work& work_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::size_t received_ = 0;
  std::size_t left_ = 0;
};

template <typename Sender>
std::size_t run(const Work& work) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> bytes{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < work.threads; ++i) {
    threads.emplace_back([&] {
      Sender sender(work);
      for (std::size_t number = next++; number < work.count; number = next++) bytes += sender.send(number);
    });
  }
  for (auto& thread : threads) thread.join();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Many requests from many threads");
  Work work;
  std::string by = "client";
  app.add_option("prefix", work.prefix, "What the URLs begin with")->required();
  app.add_option("--by", by, "client or libcurl")->check(CLI::IsMember({"client", "libcurl"}));
  app.add_option("--method", work.method, "GET or PUT")->check(CLI::IsMember({"GET", "PUT"}));
  app.add_option("--count", work.count, "Requests");
  app.add_option("--threads", work.threads, "At once");
  app.add_option("--size", work.size, "Bytes that are put in each");
  CLI11_PARSE(app, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::printf("%zu\n", by == "client" ? run<ByClient>(work) : run<ByLibcurl>(work));
  return 0;
}
