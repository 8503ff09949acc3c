#include <list>

#include "wheelyard/transfer/detail/removal.hpp"
#include "wheelyard/transfer/detail/route.hpp"
#include "wheelyard/transfer/detail/run.hpp"
#include "wheelyard/transfer/detail/walk.hpp"

namespace wheelyard::transfer {
namespace {

/// One for each bucket, however many places name it.
class Removals {
 public:
  explicit Removals(Context& context) : context_(context) {}

  ObjectRemoval& of(const std::shared_ptr<store::ObjectStore>& store) {
    for (ObjectRemoval& removal : removals_) {
      if (same_store(removal.store(), *store)) return removal;
    }
    return removals_.emplace_back(context_, store);
  }
  void flush() {
    for (ObjectRemoval& removal : removals_) removal.flush();
  }

 private:
  Context& context_;
  std::list<ObjectRemoval> removals_;
};

void remove_objects(const RemoveRequest& request, const Place& place, ObjectRemoval& removal) {
  if (!request.recursive) {
    if (place.key.empty()) {
      throw Error(ErrorCode::invalid_argument, "remove", place.describe(), "it names no object",
                  "use --recursive for everything below it");
    }
    removal.add({.name = place.key});
    return;
  }
  const std::string base = tree_base(place);
  StoreListing items(*place.store, base, request.options.filter, request.options.get_vendor);
  while (auto listed = items.next()) {
    listed->item.name.insert(0, base);
    removal.add(std::move(listed->item));
  }
}

void remove_files(Context& context, const RemoveRequest& request, const Place& place) {
  if (!request.recursive) {
    LocalSource::single(place.path)->check_removable();
    FileRemoval removal(context, std::make_shared<LocalTarget>(place.path.parent_path()));
    removal.remove({.name = place.path.filename().string()});
    return;
  }
  const auto source = LocalSource::tree(place.path);
  FileRemoval removal(context, std::make_shared<LocalTarget>(place.path));
  const auto items = source->list(Links::keep, request.options.filter);
  while (auto listed = items->next()) {
    if (listed->error) {
      context.reporter.add_known(1, 0);
      context.reporter.settle({.action = ItemEvent::Action::remove,
                               .outcome = ItemEvent::Outcome::failed,
                               .target = source->path_of(listed->item),
                               .error = listed->error});
    } else {
      removal.remove(listed->item);
    }
  }
  if (!request.options.dry_run) removal.remove_empty_folders(request.options.filter.empty());
}

}  // namespace

TransferReport remove(const RemoveRequest& request, const TransferSinks& sinks) {
  return run(request.options, sinks, [&](Context& context) {
    Removals removals(context);
    const auto remove_place = [&](const Place& place) {
      if (place.kind == Place::Kind::stream) {
        throw Error(ErrorCode::invalid_argument, "remove", "-", "it is a stream");
      }
      if (place.kind == Place::Kind::files) return remove_files(context, request, place);
      remove_objects(request, place, removals.of(place.store));
    };
    remove_place(request.target);
    for (const Place& place : request.more) remove_place(place);
    removals.flush();
  });
}

}  // namespace wheelyard::transfer
