#include <iostream>

#include <wheelyard/index/repository.hpp>
#include <wheelyard/store/memory/memory_store.hpp>

int main() {
  wheelyard::index::Repository repository(wheelyard::store::make_memory_store(), "");
  std::cout << "projects: " << repository.read_root().projects.size() << '\n';
  return repository.read_project("acme") ? 1 : 0;
}
