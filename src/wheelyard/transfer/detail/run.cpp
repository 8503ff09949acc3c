#include "wheelyard/transfer/detail/run.hpp"

#include "wheelyard/transfer/detail/removal.hpp"

namespace wheelyard::transfer {

TransferReport run(const TransferOptions& options, const TransferSinks& sinks,
                   const std::function<void(Context&)>& submit) {
  Context context(options, sinks);
  std::exception_ptr failure;
  try {
    submit(context);
  } catch (const Stopped& stopped) {
    context.engine.stop(stopped.why);
  } catch (const Error&) {
    failure = std::current_exception();
  }
  context.reporter.set_all_known();
  context.engine.finish();
  try {
    context.moved->flush();
    context.reporter.tick(true);
  } catch (const Stopped& stopped) {
    if (stopped.why) std::rethrow_exception(stopped.why);
  }
  if (failure) std::rethrow_exception(failure);
  return context.reporter.report();
}

}  // namespace wheelyard::transfer
