#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attach/process_trace.h"
#include "napi/running_source.h"

namespace ringlens {

/** Owns the threads of the trace of other processes; it is over by itself when the last of them has ended. */
class RunningTrace final : public RunningSource {
 public:
  /** Starts everything, or throws Failure and leaves nothing behind. */
  RunningTrace(const TraceOptions& options, std::function<void()> doorbell);
  ~RunningTrace() override;

  // All of these on the JS thread; they stay after `release`.

  uint64_t startNs() const override { return startNs_; }
  TraceStats stats() const { return trace_ ? trace_->stats() : final_.stats; }
  std::string backend() const { return trace_ ? trace_->backend() : final_.backend; }
  Selection::What what() const { return what_; }
  std::vector<std::string> notes() const { return trace_ ? trace_->notes() : final_.notes; }
  std::vector<RingInfo> rings() const { return trace_ ? trace_->rings() : final_.rings; }
  std::vector<ThreadInfo> threads() const { return trace_ ? trace_->threads() : final_.threads; }

 private:
  void requestStop() override {}
  void joinAll() override { trace_->stop(); }
  void freeAll() override;

  struct Final {
    TraceStats stats;
    std::string backend;
    std::vector<std::string> notes;
    std::vector<RingInfo> rings;
    std::vector<ThreadInfo> threads;
  };
  const Selection::What what_;
  uint64_t startNs_ = 0;
  Final final_;
  std::unique_ptr<ProcessTrace> trace_;
};

}  // namespace ringlens
