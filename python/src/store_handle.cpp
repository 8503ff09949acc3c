#include "store_handle.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "objects.hpp"
#include "text.hpp"
#include <pthread.h>

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

/// How often this process was forked from another since the module was loaded.
std::atomic<unsigned> forks{0};

unsigned forks_so_far() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  static_cast<void>(registered);
  return forks.load();
}

/// Stores of a parent process. Destroying one would say goodbye on connections that the parent still uses.
void abandon(std::shared_ptr<store::ObjectStore> store) {
  static auto& abandoned = *std::make_unique<std::vector<std::shared_ptr<store::ObjectStore>>>().release();
  abandoned.push_back(std::move(store));
}

void take(nb::dict& arguments, const char* name, std::string& target) {
  PyObject* found = PyDict_GetItemString(arguments.ptr(), name);
  if (found == nullptr) return;
  const nb::object value = nb::borrow(found);
  if (PyDict_DelItemString(arguments.ptr(), name) != 0) throw nb::python_error();
  if (!value.is_none() && !nb::try_cast(value, target)) {
    throw nb::type_error(
        (std::string(name) + " takes a str, not " + nb::type_name(value.type()).c_str()).c_str());
  }
}

}  // namespace

StoreHandle::StoreHandle(std::string url, store::StoreSettings settings)
    : given_url_(std::move(url)),
      settings_(std::move(settings)),
      location_(store::open_store(given_url_, settings_)),
      forks_(forks_so_far()) {}

std::shared_ptr<store::ObjectStore> StoreHandle::store() {
  if (forks_ != forks_so_far() && location_.url.starts_with("s3://")) {
    abandon(std::move(location_.store));
    location_ = store::open_store(given_url_, settings_);
    forks_ = forks_so_far();
  }
  return location_.store;
}

store::StoreSettings take_store_settings(nb::dict& arguments) {
  store::StoreSettings settings;
  take(arguments, "access_key_id", settings.aws.access_key_id);
  take(arguments, "secret_access_key", settings.aws.secret_access_key);
  take(arguments, "session_token", settings.aws.session_token);
  take(arguments, "profile", settings.aws.profile);
  take(arguments, "region", settings.aws.region);
  take(arguments, "endpoint_url", settings.aws.endpoint_url);
  if (PyObject* anonymous = PyDict_GetItemString(arguments.ptr(), "anonymous")) {
    settings.aws.anonymous = PyObject_IsTrue(anonymous) == 1;
    if (PyDict_DelItemString(arguments.ptr(), "anonymous") != 0) throw nb::python_error();
  }

  // The rest is given as the variable of the environment that means the same.
  auto variables = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  if (PyObject* environment = PyDict_GetItemString(arguments.ptr(), "environment")) {
    for (auto& [name, value] : to_text_map(environment, "environment")) variables->emplace(name, value);
    if (PyDict_DelItemString(arguments.ptr(), "environment") != 0) throw nb::python_error();
  }
  constexpr std::pair<const char*, const char*> stand_for_variables[] = {{"ca_bundle", "AWS_CA_BUNDLE"},
                                                                         {"retry_mode", "AWS_RETRY_MODE"}};
  for (const auto& [argument, variable] : stand_for_variables) {
    std::string text;
    take(arguments, argument, text);
    if (!text.empty()) variables->insert_or_assign(variable, text);
  }
  if (PyObject* attempts = PyDict_GetItemString(arguments.ptr(), "max_attempts")) {
    if (attempts != Py_None) {
      variables->insert_or_assign("AWS_MAX_ATTEMPTS", std::to_string(nb::cast<long>(nb::handle(attempts))));
    }
    if (PyDict_DelItemString(arguments.ptr(), "max_attempts") != 0) throw nb::python_error();
  }
  if (!variables->empty()) {
    settings.environment = [variables, process = auth::process_environment()](
                               std::string_view name) -> std::optional<std::string> {
      const auto found = variables->find(name);
      return found != variables->end() ? std::optional(found->second) : process(name);
    };
  }
  return settings;
}

}  // namespace wheelyard::python
