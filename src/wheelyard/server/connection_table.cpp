#include "wheelyard/server/connection_table.hpp"

#include <algorithm>

#include <sys/socket.h>

namespace wheelyard::server {
ConnectionTable::ConnectionTable(Limits limits) : limits_(limits), sweeper_([this] { sweep(); }) {}

ConnectionTable::~ConnectionTable() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  sweeper_.join();
}

void ConnectionTable::opened(int socket) {
  const std::lock_guard lock(mutex_);
  connections_[socket] = {false, false, true, Clock::now()};
  if (connections_.size() - shut_ > limits_.connections) shut_longest_waiting();
}

void ConnectionTable::request_begun(int socket) {
  const std::lock_guard lock(mutex_);
  Connection& connection = connections_[socket];
  if (connection.running) return;
  connection.running = true;
  connection.fresh = false;
  ++running_;
}

void ConnectionTable::request_ended(int socket) {
  {
    const std::lock_guard lock(mutex_);
    Connection& connection = connections_[socket];
    if (!connection.running) return;
    connection.running = false;
    connection.since = Clock::now();
    if (--running_ != 0) return;
  }
  changed_.notify_all();
}

void ConnectionTable::closed(int socket) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  if (found->second.running) --running_;
  if (found->second.shut) --shut_;
  connections_.erase(found);
  if (running_ == 0) changed_.notify_all();
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::size_t ConnectionTable::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

bool ConnectionTable::wait_until_quiet(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return running_ == 0; });
}

void ConnectionTable::shut_longest_waiting() {
  auto longest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (it->second.running || it->second.shut) continue;
    if (longest == connections_.end() || it->second.since < longest->second.since) longest = it;
  }
  if (longest == connections_.end()) return;
  shut(longest->first, longest->second);
}

void ConnectionTable::shut(int socket, Connection& connection) {
  connection.shut = true;
  ++shut_;
  // Whoever owns the socket sees its end and closes it.
  ::shutdown(socket, SHUT_RDWR);
}

void ConnectionTable::sweep() {
  const auto pause = std::min<std::chrono::milliseconds>(
      std::chrono::milliseconds{1000}, std::min(limits_.first_request, limits_.next_request) / 4);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, pause, [this] { return stopping_; })) {
    const auto time = Clock::now();
    for (auto& [socket, connection] : connections_) {
      const auto allowed = connection.fresh ? limits_.first_request : limits_.next_request;
      if (connection.running || connection.shut || time - connection.since < allowed) continue;
      shut(socket, connection);
    }
  }
}

}  // namespace wheelyard::server
