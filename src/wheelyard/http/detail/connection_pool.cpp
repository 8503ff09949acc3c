#include "wheelyard/http/detail/connection_pool.hpp"

#include <algorithm>
#include <new>

namespace wheelyard::http {
namespace {

constexpr std::size_t most_idle = 64;

}  // namespace

Channel::Channel() {
  const auto& curl = CurlLibrary::get();
  easy = curl.easy_init();
  multi = easy == nullptr ? nullptr : curl.multi_init();
  if (multi == nullptr) {
    if (easy != nullptr) curl.easy_cleanup(easy);
    throw std::bad_alloc();
  }
}

Channel::~Channel() {
  const auto& curl = CurlLibrary::get();
  curl.easy_cleanup(easy);
  curl.multi_cleanup(multi);
}

ConnectionPool::ConnectionPool() : curl_(CurlLibrary::get()), share_(curl_.share_init()) {
  if (share_ == nullptr) throw std::bad_alloc();
  curl_.share_setopt(share_, CURLSHOPT_USERDATA, this);
  curl_.share_setopt(share_, CURLSHOPT_LOCKFUNC, &ConnectionPool::lock);
  curl_.share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &ConnectionPool::unlock);
  curl_.share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_.share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

ConnectionPool::~ConnectionPool() {
  idle_.clear();
  curl_.share_cleanup(share_);
}

std::unique_ptr<Channel> ConnectionPool::take(const std::string& origin) {
  {
    const std::lock_guard guard(mutex_);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const auto& channel) { return channel->origin == origin; });
    if (found != idle_.rend()) {
      auto channel = std::move(*found);
      idle_.erase(std::next(found).base());
      return channel;
    }
  }
  auto channel = std::make_unique<Channel>();
  channel->origin = origin;
  curl_.easy_setopt(channel->easy, CURLOPT_SHARE, share_);
  return channel;
}

void ConnectionPool::give_back(std::unique_ptr<Channel> channel) noexcept {
  // Options point into the request that is over; the share and the connection stay.
  curl_.easy_reset(channel->easy);
  std::unique_ptr<Channel> oldest;
  const std::lock_guard guard(mutex_);
  if (idle_.size() >= most_idle) {
    oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(channel));
}

void ConnectionPool::lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
  static_cast<ConnectionPool*>(self)->share_mutexes_[data].lock();
}

void ConnectionPool::unlock(CURL*, curl_lock_data data, void* self) {
  static_cast<ConnectionPool*>(self)->share_mutexes_[data].unlock();
}

}  // namespace wheelyard::http
