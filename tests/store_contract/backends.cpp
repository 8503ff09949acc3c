#include "backends.hpp"

#include <barrier>
#include <thread>

#include "support/scratch_folder.hpp"
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/local/local_store.hpp"
#include "wheelyard/store/memory/memory_store.hpp"
#include "wheelyard/store/s3/s3_store.hpp"

extern char** environ;

namespace wheelyard::store::contract {
namespace {

Backend memory_backend() {
  return {.name = "memory", .open = [] { return Place{.store = make_memory_store()}; }};
}

Backend folder_backend() {
  auto open = [] {
    auto folder = std::make_shared<test_support::ScratchFolder>();
    return Place{
        .store = make_local_store(*folder / "made-by-the-first-put"), .prefix = {}, .cleanup = folder};
  };
  return {.name = "folder", .open = open, .keeps_headers = false, .any_key = false, .nested_keys = false};
}

/// "<endpoint>,<access key>,<secret key>,<bucket>"
Backend server_backend(std::string name, std::string_view description) {
  auto parts = split(description, ',');
  if (parts.size() != 4) throw std::invalid_argument("WHEELYARD_TEST_S3_" + name + " has not four parts");
  auth::AwsOverrides overrides{.access_key_id = std::string(parts[1]),
                               .secret_access_key = std::string(parts[2]),
                               .region = "us-east-1",
                               .endpoint_url = std::string(parts[0])};
  auto options = [overrides, bucket = std::string(parts[3])] {
    auth::Environment nothing = [](std::string_view) { return std::nullopt; };
    return S3Options{.bucket = bucket,
                     .settings = auth::resolve_aws_settings(overrides, nothing),
                     .credentials = auth::make_credential_chain(overrides, nothing)};
  };
  // One store for all tests, as a program has: connections are kept.
  auto store = make_s3_store(options());
  auto open = [store] { return Place{.store = store, .prefix = "t-" + to_hex(random_bytes(8)) + "/"}; };
  return {.name = to_lower(name), .open = open, .s3 = options, .nested_keys = false};
}

}  // namespace

std::vector<Backend> backends() {
  std::vector<Backend> all{memory_backend(), folder_backend()};
  constexpr std::string_view variable = "WHEELYARD_TEST_S3_";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    if (!text.starts_with(variable)) continue;
    std::size_t equals = text.find('=');
    all.push_back(server_backend(std::string(text.substr(variable.size(), equals - variable.size())),
                                 text.substr(equals + 1)));
  }
  return all;
}

void Contract::TearDown() {
  if (place_.prefix.empty()) return;
  std::vector<std::string> keys;
  for (const ObjectInfo& info : list_all(store(), place_.prefix)) keys.push_back(info.key);
  store().remove_many(keys);
}

std::vector<std::string> Contract::names(const std::string& below) {
  std::vector<std::string> found;
  for (const ObjectInfo& info : list_all(store(), key(below))) {
    found.push_back(info.key.substr(place_.prefix.size()));
  }
  return found;
}

void at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::barrier start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (std::size_t index = 0; index < count; ++index) {
    threads.emplace_back([&, index] {
      start.arrive_and_wait();
      work(index);
    });
  }
}

}  // namespace wheelyard::store::contract
