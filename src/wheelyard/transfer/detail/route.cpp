#include "wheelyard/transfer/detail/route.hpp"

#include "wheelyard/transfer/detail/download.hpp"
#include "wheelyard/transfer/detail/local_copy.hpp"
#include "wheelyard/transfer/detail/remote_copy.hpp"
#include "wheelyard/transfer/detail/upload.hpp"

namespace wheelyard::transfer {
namespace {

using Kind = Place::Kind;

std::string last_part(const Place& place) {
  if (place.kind == Kind::files) return place.path.filename().string();
  return place.key.substr(place.key.rfind('/') + 1);
}

bool is_folder(const Place& place) {
  if (place.names_folder) return true;
  std::error_code failure;
  return place.kind == Kind::files && std::filesystem::is_directory(place.path, failure);
}

Error names_nothing(const Place& source) {
  return Error(ErrorCode::invalid_argument, "copy", source.describe(), "it names no single object or file",
               "use --recursive for everything below it");
}

std::shared_ptr<Operation> make_operation(Context& context, Route& route, const Place& source,
                                          std::string source_base, const Place& target,
                                          std::string target_base) {
  if (route.files && route.folder) {
    return std::make_shared<LocalCopy>(context, route.files, route.folder, std::move(target_base));
  }
  if (route.files) {
    return std::make_shared<Upload>(context, route.files, target.store, std::move(target_base));
  }
  if (route.folder) {
    return std::make_shared<Download>(context, source.store, std::move(source_base), route.folder,
                                      std::move(target_base));
  }
  return std::make_shared<RemoteCopy>(context, RemoteCopy::End{source.store, std::move(source_base)},
                                      RemoteCopy::End{target.store, std::move(target_base)});
}

std::string real_path(const std::filesystem::path& path) {
  std::error_code failure;
  std::string text = std::filesystem::weakly_canonical(path, failure).string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Error overlap(const Place& source, const Place& target) {
  return Error(ErrorCode::invalid_argument, "copy", source.describe(),
               "the target " + target.describe() + " lies within it",
               "give another target, or leave it out with --exclude");
}

Error onto_itself(const Place& source) {
  return Error(ErrorCode::invalid_argument, "move", source.describe(), "source and target are the same");
}

}  // namespace

store::ObjectInfo look_at(store::ObjectStore& store, const std::string& key, const TransferOptions& options) {
  return store.head(key, options.get_vendor);
}

Links links_of(const TransferOptions& options) {
  return options.follow_symlinks ? Links::follow : Links::pass_over;
}

ItemEvent::Action action_of(const Place& source, const Place& target) {
  if (source.kind == target.kind) return ItemEvent::Action::copy;
  return target.kind == Kind::store ? ItemEvent::Action::upload : ItemEvent::Action::download;
}

std::string tree_base(const Place& place) {
  return place.key.empty() || place.key.ends_with('/') ? place.key : place.key + "/";
}

void refuse_overlap(const Place& source, const Place& target, bool recursive, bool move,
                    const Filter& filter) {
  if (source.kind != target.kind || source.kind == Kind::stream) return;
  std::string from;
  std::string to;
  bool known_same = true;
  if (source.kind == Kind::store) {
    const std::string leaf = !recursive && is_folder(target) ? last_part(source) : "";
    from = source.store->describe(recursive ? tree_base(source) : source.key);
    to = target.store->describe(recursive ? tree_base(target) : target.key + leaf);
    // Where one store cannot copy from the other they may still be the same by other credentials.
    known_same = target.store->copies_from(*source.store);
    if (!known_same && !move) return;
  } else {
    from = real_path(source.path);
    to = real_path(!recursive && is_folder(target) ? target.path / source.path.filename() : target.path);
    if (recursive) from += from == "/" ? "" : "/";
    if (recursive) to += to == "/" ? "" : "/";
  }
  if (from == to) {
    // An object may be copied onto itself: that is how its attributes are changed.
    if (move || (source.kind == Kind::files && !recursive)) throw onto_itself(source);
    if (source.kind == Kind::files) throw overlap(source, target);
    return;
  }
  if (!recursive || !to.starts_with(from)) return;
  const std::string inside = to.substr(from.size());
  if (!filter.empty() && !filter.takes(inside + "x")) return;
  throw overlap(source, target);
}

Route tree_route(Context& context, const Place& source, const Place& target) {
  Route route;
  const TransferOptions& options = context.options;
  refuse_overlap(source, target, true, false, options.filter);
  if (source.kind == Kind::files) {
    route.files = LocalSource::tree(source.path);
    route.items = route.files->list(links_of(options), options.filter);
  } else {
    route.items =
        std::make_unique<StoreListing>(*source.store, tree_base(source), options.filter, options.get_vendor);
  }
  if (target.kind == Kind::files) route.folder = std::make_shared<LocalTarget>(target.path);
  route.operation = make_operation(context, route, source, tree_base(source), target, tree_base(target));
  return route;
}

Route single_route(Context& context, const Place& source, const Place& target, bool look) {
  Route route;
  const TransferOptions& options = context.options;
  const std::string leaf = last_part(source);
  const bool into_folder = is_folder(target);
  if (source.kind == Kind::files) {
    route.files = LocalSource::single(source.path);
    route.single = route.files->item(options.follow_symlinks);
  } else if (source.key.empty()) {
    throw names_nothing(source);
  } else if (!look) {
    route.single = Item{};
  } else {
    store::ObjectInfo info = look_at(*source.store, source.key, options);
    route.single = Item{.name = {},
                        .size = info.size,
                        .etag = std::move(info.etag),
                        .modified = file_time(info.last_modified)};
  }
  if (into_folder && leaf.empty()) throw names_nothing(source);
  std::string name;
  if (target.kind == Kind::files) {
    const std::filesystem::path file = into_folder ? target.path / leaf : target.path;
    name = file.filename().string();
    const std::filesystem::path folder = file.parent_path();
    route.folder = std::make_shared<LocalTarget>(folder);
  } else {
    name = into_folder ? tree_base(target) + leaf : target.key;
  }
  route.operation = make_operation(context, route, source, source.key, target, std::move(name));
  return route;
}

bool submit_all(Context& context, Operation& operation, Listing& items) {
  bool any = false;
  while (auto listed = items.next()) {
    any = true;
    context.reporter.add_known(1, listed->item.size);
    if (listed->error) {
      operation.fail(listed->item, *listed->error);
    } else if (!listed->skipped.empty()) {
      operation.settle(listed->item, Result::skipped(std::move(listed->skipped)));
    } else {
      operation.submit(std::move(listed->item));
    }
  }
  return any;
}

}  // namespace wheelyard::transfer
