#pragma once

#include <functional>
#include <memory>
#include <string>

#include "load/load_generator.h"
#include "napi/running_source.h"
#include "trace/merger.h"
#include "workload/counters.h"
#include "workload/kernel_tracing.h"
#include "workload/reactor.h"

namespace ringlens {

/** Checked options of startWorkload; units as in native/index.ts. */
struct WorkloadOptions {
  uint16_t listenPort = 0;
  std::string unixPath;
  uint32_t eventRingEvents = 1u << 18;
  uint32_t flushIntervalUs = 5000;
  std::string kernelBackend;  // "" = the best permitted one
  std::vector<Breakpoint> breakpoints{};
};

struct WorkloadStats {
  uint64_t bytesSent, messagesSent, bytesReceived, cqes, submits, events, dropped, reactorCpuNs, connections;
  KernelStats kernel;
};

/** Owns the threads of one workload: reactor, load generator, tracer, merger. */
class RunningWorkload final : public RunningSource {
 public:
  /** Starts everything, or throws Failure and leaves nothing behind. */
  RunningWorkload(const WorkloadParams& params, const WorkloadOptions& options,
                  std::function<void()> doorbell);
  ~RunningWorkload() override;

  // All of these on the JS thread.

  uint64_t startNs() const override { return startNs_; }
  std::string address() const { return reactor_ ? reactor_->address() : finalAddress_; }
  int reactorThreadId() const { return reactorThreadId_; }
  /** `params` were checked against the kernel's features. */
  void configure(const WorkloadParams& params);
  // Of the debugger; each throws Failure (ESRCH) when the workload has ended.
  void pause() { running().pause(); }
  void resume() { running().resume(); }
  void step(StepUnit unit) { running().step(unit); }
  void setBreakpoints(std::vector<Breakpoint> breakpoints) {
    running().setBreakpoints(std::move(breakpoints));
  }
  void act(const ByHand& what);
  BufferContent look(uint32_t bid) { return running().look(bid); }
  DebugState debugState() const { return reactor_ ? reactor_->debugState() : finalDebug_; }
  WorkloadStats stats() const;
  KernelAccess kernel() const { return kernel_ ? kernel_->access() : finalAccess_; }
  /** Ends in order, within `timeoutNs`, on a thread of its own; rings when `hasEnded`. Idempotent. */
  void beginFinish(uint64_t timeoutNs);

 private:
  Reactor& running();
  void requestStop() override;
  void joinAll() override;
  void freeAll() override;

  uint64_t startNs_ = 0;
  Counters counters_;
  WorkloadStats finalStats_{};
  DebugState finalDebug_;
  KernelAccess finalAccess_;
  std::string finalAddress_;
  int reactorThreadId_ = 0;

  // Destroyed from the last to the first: who uses goes before what is used.
  std::unique_ptr<PeerDirectory> peers_;
  std::unique_ptr<EventRing> reactorEvents_;
  std::unique_ptr<EventRing> loadEvents_;
  std::unique_ptr<EventRing> kernelEvents_;
  std::unique_ptr<Merger> merger_;
  std::unique_ptr<KernelTracing> kernel_;
  std::unique_ptr<LoadGenerator> load_;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace ringlens
