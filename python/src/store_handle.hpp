#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <nanobind/nanobind.h>

#include "wheelyard/store/open_store.hpp"

namespace wheelyard::python {

/// What `Store` in Python is: a store and the place in it. Its functions are called with the GIL held.
class StoreHandle {
 public:
  StoreHandle(std::string url, store::StoreSettings settings);

  /// To be kept for the length of a call. In a process that was forked it is another one, with connections of
  /// its own: those of the parent are not to be touched.
  std::shared_ptr<store::ObjectStore> store();
  const std::string& url() const { return location_.url; }
  const std::string& prefix() const { return location_.prefix; }
  std::string full_key(const std::string& key) const { return location_.prefix + key; }
  const store::StoreSettings& settings() const { return settings_; }

 private:
  std::string given_url_;
  store::StoreSettings settings_;
  store::Location location_;
  unsigned forks_;
};

/// The settings that keyword arguments give; what it takes is popped from `arguments`.
store::StoreSettings take_store_settings(nanobind::dict& arguments);

}  // namespace wheelyard::python
