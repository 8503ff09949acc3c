#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/index/repository.hpp"
#include "wheelyard/server/server.hpp"
#include "wheelyard/store/memory/memory_store.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::test {

/// A repository in memory, its pages written by hand, and a server before it. `before` may be set to fail or
/// to wait.
class ServedRepository {
 public:
  explicit ServedRepository(server::ServerOptions options = {}, const std::string& prefix = "wheels/");
  ServedRepository(server::ServerOptions options, const std::string& prefix,
                   std::shared_ptr<store::ObjectStore> (*wrap)(std::shared_ptr<store::ObjectStore>));

  /// Writes `<prefix><project>/index.json` with a file for each name, and the files themselves.
  void add_project(const std::string& project, const std::vector<std::pair<std::string, std::string>>& files,
                   const std::function<void(index::ProjectPage&)>& change = {});
  void put(const std::string& key, std::string bytes);

  server::Server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  store::ObjectStore& store() { return *store_; }

  /// How often the store was asked so far, by operation.
  int count(const std::string& operation) const;
  std::vector<server::AccessLogEntry> log() const;
  /// Waits until the log has so many lines: they come after the answer.
  std::vector<server::AccessLogEntry> log_of(std::size_t lines) const;

  std::function<void(std::string_view operation, std::string_view key)> before;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> counts_;
  std::vector<server::AccessLogEntry> log_;
  std::string prefix_;
  std::shared_ptr<store::ObjectStore> store_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace wheelyard::test
