#pragma once

#include "wheelyard/transfer/detail/context.hpp"
#include "wheelyard/transfer/detail/local_target.hpp"

namespace wheelyard::transfer {

/// Whether both are the same bucket by the same credentials.
bool same_store(const store::ObjectStore& left, const store::ObjectStore& right);

/// Removes objects, many in a request, the requests at once. One thread's.
class ObjectRemoval {
 public:
  ObjectRemoval(Context& context, std::shared_ptr<store::ObjectStore> store)
      : context_(context), store_(std::move(store)) {}

  store::ObjectStore& store() const { return *store_; }
  /// `item.name` is the key.
  void add(Item item);
  /// Hands on what is left.
  void flush();

 private:
  Context& context_;
  const std::shared_ptr<store::ObjectStore> store_;
  std::vector<Item> batch_;
};

/// Removes files below a folder, each at once.
class FileRemoval {
 public:
  FileRemoval(Context& context, std::shared_ptr<LocalTarget> folder)
      : context_(context), folder_(std::move(folder)) {}

  void remove(const Item& item);
  /// Folders that were left empty by it, up to the root's own.
  void remove_empty_folders(bool root_too);

 private:
  Context& context_;
  const std::shared_ptr<LocalTarget> folder_;
  Worker worker_;
  std::vector<std::string> folders_;  ///< that files were removed from
};

/// The sources of moves whose targets are complete: objects, removed many in a request.
class MovedSources {
 public:
  /// Called for each once it has been removed, or not.
  using Removed = std::function<void(const Error* failure)>;

  /// From any thread, which may be the one that removes a full batch.
  void add(const std::shared_ptr<store::ObjectStore>& store, std::string key, Removed removed);
  /// Removes what is left.
  void flush();

 private:
  struct Batch {
    std::shared_ptr<store::ObjectStore> store;
    std::vector<std::string> keys;
    std::vector<Removed> removed;
  };
  static void run(Batch batch);

  std::mutex mutex_;
  std::vector<Batch> batches_;  ///< one a store
};

}  // namespace wheelyard::transfer
