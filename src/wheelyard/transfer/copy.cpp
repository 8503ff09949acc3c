#include "wheelyard/transfer/detail/route.hpp"
#include "wheelyard/transfer/detail/run.hpp"
#include "wheelyard/transfer/detail/stream.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {
namespace {

void check(const CopyRequest& request) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorCode::invalid_argument, "copy", request.source.describe(), reason);
  };
  const bool streams =
      request.source.kind == Place::Kind::stream || request.target.kind == Place::Kind::stream;
  if (streams && !request.more.empty()) refuse("a stream is copied alone");
  if (streams && request.recursive) refuse("a stream is no tree");
  if (streams && request.move) refuse("a stream cannot be moved");
  if (request.source.kind == request.target.kind && request.source.kind == Place::Kind::stream) {
    refuse("both ends are streams");
  }
  const TransferOptions& options = request.options;
  if (!options.if_match.empty() && (request.recursive || !request.more.empty())) {
    refuse("an ETag is the condition of a single item");
  }
  if (!options.if_match.empty() && options.if_absent) {
    refuse("a target cannot both be absent and have an ETag");
  }
}

/// A tree in which nothing was found: of an empty bucket or folder nothing is the right answer.
void check_tree(Context& context, const Place& source) {
  if (source.kind != Place::Kind::store || source.key.empty()) return;
  const store::ListOptions any{
      .prefix = tree_base(source), .page_size = 1, .vendor = context.options.get_vendor};
  const auto page = source.store->list(any)->next();
  if (page && !page->objects.empty()) return;
  const bool object = !source.key.ends_with('/') && store::find_info(*source.store, source.key);
  throw Error(
      ErrorCode::not_found, "copy what is below", source.describe(),
      object ? "it is an object, and none lies below it" : "no key begins so",
      object ? "leave --recursive away" : "'wheelyard ls' of what stands before it shows what there is");
}

void submit_pair(Context& context, const CopyRequest& request, const CopyPair& pair) {
  const auto& [source, target, recursive] = pair;
  refuse_overlap(source, target, recursive, request.move, context.options.filter);
  // Of many sources each is looked at when its turn comes, by many threads.
  const bool look = request.more.empty() || context.options.dry_run;
  Route route = recursive ? tree_route(context, source, target) : single_route(context, source, target, look);
  if (request.move) route.operation->set_moves();
  if (route.single) {
    context.reporter.add_known(1, route.single->size);
    route.operation->submit(std::move(*route.single));
  } else {
    if (!submit_all(context, *route.operation, *route.items)) check_tree(context, source);
  }
}

/// One of many: what concerns it alone does not keep the others from going.
void submit_one_of_many(Context& context, const CopyRequest& request, const CopyPair& pair) {
  try {
    submit_pair(context, request, pair);
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code != ErrorCode::not_found && code != ErrorCode::permission_denied &&
        code != ErrorCode::invalid_argument) {
      throw;
    }
    context.reporter.add_known(1, 0);
    context.reporter.settle({.action = action_of(pair.source, pair.target),
                             .outcome = ItemEvent::Outcome::failed,
                             .source = pair.source.describe(),
                             .target = pair.target.describe(),
                             .error = error});
  }
}

}  // namespace

TransferReport copy(const CopyRequest& request, const TransferSinks& sinks) {
  check(request);
  return run(request.options, sinks, [&](Context& context) {
    if (request.source.kind == Place::Kind::stream) {
      copy_from_stream(context, request.target);
    } else if (request.target.kind == Place::Kind::stream) {
      copy_to_stream(context, request.source);
    } else if (request.more.empty()) {
      submit_pair(context, request, {request.source, request.target, request.recursive});
    } else {
      submit_one_of_many(context, request, {request.source, request.target, request.recursive});
      for (const CopyPair& pair : request.more) submit_one_of_many(context, request, pair);
    }
  });
}

}  // namespace wheelyard::transfer
