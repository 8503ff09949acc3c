#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/thrown_error.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/store/object_store.hpp"
#include "wheelyard/store/s3/s3_store.hpp"

namespace wheelyard::store::contract {

/// A place for one test: a store, and a prefix that no other test uses ("" or "…/").
struct Place {
  std::shared_ptr<ObjectStore> store;
  std::string prefix;
  std::shared_ptr<void> cleanup;
};

struct Backend {
  std::string name;
  std::function<Place()> open;
  std::function<S3Options()> s3;  ///< how to reach a server; empty for others
  bool keeps_headers = true;      ///< content type and the like come back
  bool any_key = true;            ///< keys with empty, "." and ".." parts
  bool nested_keys = true;        ///< "a" beside "a/b": not in folders, nor in servers that keep files
};

inline void PrintTo(const Backend& backend, std::ostream* out) {
  *out << backend.name;
}

/// Memory, folder, and every server that the environment names.
std::vector<Backend> backends();

using test_support::code_of;

class Contract : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { place_ = GetParam().open(); }
  void TearDown() override;

  ObjectStore& store() { return *place_.store; }
  std::string key(const std::string& name) const { return place_.prefix + name; }
  PutResult put(const std::string& name, std::string bytes, PutMode mode = PutMode::overwrite()) {
    return store().put(key(name), bytes_source(std::move(bytes)), {.mode = std::move(mode)});
  }
  std::string read(const std::string& name) { return get_bytes(store(), key(name), 64u << 20).bytes; }
  /// Keys below the test's own prefix, without it.
  std::vector<std::string> names(const std::string& below = {});

  Place place_;
};

/// Runs `work(0 … count - 1)` on as many threads that begin at the same moment.
void at_once(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace wheelyard::store::contract
