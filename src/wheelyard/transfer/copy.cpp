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

void submit_pair(Context& context, const CopyRequest& request, const Place& source, const Place& target) {
  refuse_overlap(source, target, request.recursive, request.move, context.options.filter);
  // Of many sources each is looked at when its turn comes, by many threads.
  const bool look = request.more.empty() || context.options.dry_run;
  Route route =
      request.recursive ? tree_route(context, source, target) : single_route(context, source, target, look);
  if (request.move) route.operation->set_moves();
  if (route.single) {
    context.reporter.add_known(1, route.single->size);
    route.operation->submit(std::move(*route.single));
  } else {
    submit_all(context, *route.operation, *route.items);
  }
}

/// One of many: what concerns it alone does not keep the others from going.
void submit_one_of_many(Context& context, const CopyRequest& request, const Place& source,
                        const Place& target) {
  try {
    submit_pair(context, request, source, target);
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code != ErrorCode::not_found && code != ErrorCode::permission_denied &&
        code != ErrorCode::invalid_argument) {
      throw;
    }
    context.reporter.add_known(1, 0);
    context.reporter.settle({.action = action_of(source, target),
                             .outcome = ItemEvent::Outcome::failed,
                             .source = source.describe(),
                             .target = target.describe(),
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
      submit_pair(context, request, request.source, request.target);
    } else {
      submit_one_of_many(context, request, request.source, request.target);
      for (const CopyPair& pair : request.more)
        submit_one_of_many(context, request, pair.source, pair.target);
    }
  });
}

}  // namespace wheelyard::transfer
