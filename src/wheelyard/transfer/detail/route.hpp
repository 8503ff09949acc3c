#pragma once

#include "wheelyard/transfer/detail/listing.hpp"
#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/local_target.hpp"
#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// From where to where, and how.
struct Route {
  std::shared_ptr<Operation> operation;
  std::unique_ptr<Listing> items;       ///< of a tree
  std::optional<Item> single;           ///< else
  std::shared_ptr<LocalSource> files;   ///< where the source is files
  std::shared_ptr<LocalTarget> folder;  ///< where the target is files
};

/// What the keys of a tree begin with: "a" stands for what is below "a/".
std::string tree_base(const Place& place);

/// The way of a tree. Throws where the source is not there, or the target lies within it.
Route tree_route(Context& context, const Place& source, const Place& target);
/// The way of one object or file, into the target where that is a folder. Without `look` an object is not
/// looked at: its item has neither size nor ETag.
Route single_route(Context& context, const Place& source, const Place& target, bool look);

/// The head of an object, with what the options say is needed to read it.
store::ObjectInfo look_at(store::ObjectStore& store, const std::string& key, const TransferOptions& options);

Links links_of(const TransferOptions& options);
ItemEvent::Action action_of(const Place& source, const Place& target);

/// Throws `invalid_argument` where something would be moved onto itself or a tree would go into itself.
void refuse_overlap(const Place& source, const Place& target, bool recursive, bool move,
                    const Filter& filter);

/// Gives all of a listing to the operation; what could not be listed is told as failed items.
/// False where there was nothing.
bool submit_all(Context& context, Operation& operation, Listing& items);

}  // namespace wheelyard::transfer
