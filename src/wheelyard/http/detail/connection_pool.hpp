#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wheelyard/http/detail/curl_library.hpp"

namespace wheelyard::http {

/// A pair of libcurl handles that carries one request at a time and keeps its connection open in between.
/// Each has a multi handle of its own, so that a thread drives its request without touching that of another.
class Channel {
 public:
  Channel();
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  std::string origin;  ///< scheme and authority that it was connected to last
};

/// The idle channels of a client, and what they share: name look-ups and TLS sessions. Thread-safe.
class ConnectionPool {
 public:
  ConnectionPool();
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// An idle channel to `origin`, or else a new one.
  std::unique_ptr<Channel> take(const std::string& origin);
  void give_back(std::unique_ptr<Channel> channel) noexcept;

 private:
  static void lock(CURL* easy, curl_lock_data data, curl_lock_access access, void* self);
  static void unlock(CURL* easy, curl_lock_data data, void* self);

  const CurlLibrary& curl_;
  CURLSH* share_ = nullptr;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_mutexes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Channel>> idle_;  ///< used last stands last
};

}  // namespace wheelyard::http
