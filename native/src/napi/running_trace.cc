#include "napi/running_trace.h"

#include <optional>
#include <utility>

namespace ringlens {

RunningTrace::RunningTrace(const TraceOptions& options, std::function<void()> doorbell)
    : RunningSource(std::move(doorbell)), what_(options.what) {
  trace_ = std::make_unique<ProcessTrace>(
      options, &queue(), [this] { ring(); }, [this] { setOver(std::nullopt); });
  startNs_ = trace_->startNs();
  hasStarted();
}

RunningTrace::~RunningTrace() { endNow(); }

void RunningTrace::freeAll() {
  final_ = {stats(), backend(), notes(), rings(), threads()};
  trace_.reset();
}

}  // namespace ringlens
