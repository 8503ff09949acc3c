#include "served_repository.hpp"

#include <chrono>
#include <thread>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/index/page_json.hpp"

namespace wheelyard::test {

ServedRepository::ServedRepository(server::ServerOptions options, const std::string& prefix)
    : ServedRepository(std::move(options), prefix, [](auto store) { return store; }) {}

ServedRepository::ServedRepository(
    server::ServerOptions options, const std::string& prefix,
    std::shared_ptr<store::ObjectStore> (*wrap)(std::shared_ptr<store::ObjectStore>))
    : prefix_(prefix) {
  store::MemoryStoreOptions memory;
  memory.before = [this](std::string_view operation, std::string_view key) {
    {
      const std::lock_guard lock(mutex_);
      ++counts_[std::string(operation)];
    }
    if (before) before(operation, key);
  };
  store_ = wrap(store::make_memory_store(std::move(memory)));
  options.log = [this](const server::AccessLogEntry& entry) {
    const std::lock_guard lock(mutex_);
    log_.push_back(entry);
  };
  server_ = std::make_unique<server::Server>(std::make_shared<index::Repository>(store_, prefix_),
                                             std::move(options));
  server_->start();
}

void ServedRepository::put(const std::string& key, std::string bytes) {
  store_->put(prefix_ + key, bytes_source(std::move(bytes)));
}

void ServedRepository::add_project(const std::string& project,
                                   const std::vector<std::pair<std::string, std::string>>& files,
                                   const std::function<void(index::ProjectPage&)>& change) {
  index::ProjectPage page;
  page.name = project;
  page.serial = 1;
  for (const auto& [filename, bytes] : files) {
    put(project + "/" + filename, bytes);
    index::FileEntry entry;
    entry.filename = filename;
    entry.url = percent_encode(filename);
    entry.hashes["sha256"] = sha256_hex(bytes);
    entry.size = bytes.size();
    page.files.push_back(std::move(entry));
  }
  if (change) change(page);
  put(project + "/index.json", index::to_json(page));
}

int ServedRepository::count(const std::string& operation) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(operation);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<server::AccessLogEntry> ServedRepository::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::vector<server::AccessLogEntry> ServedRepository::log_of(std::size_t lines) const {
  for (int i = 0; i < 6000 && log().size() < lines; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  return log();
}

}  // namespace wheelyard::test
