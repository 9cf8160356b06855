#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "load/load_generator.h"
#include "trace/block_queue.h"
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
};

struct WorkloadStats {
  uint64_t bytesSent, messagesSent, bytesReceived, cqes, submits, events, dropped, reactorCpuNs, connections;
  KernelStats kernel;
};

/**
 * Owns the threads of one workload (reactor, load generator, tracer, merger) and ends them in order: stop,
 * wake, join. Plain C++: the wrap on the JS thread drives it. `doorbell` is called on any of the threads when
 * there is something to see: blocks, a failed reactor, the end.
 */
class RunningWorkload {
 public:
  /** Starts everything, or throws Failure and leaves nothing behind. */
  RunningWorkload(const WorkloadParams& params, const WorkloadOptions& options,
                  std::function<void()> doorbell);
  ~RunningWorkload();
  RunningWorkload(const RunningWorkload&) = delete;
  RunningWorkload& operator=(const RunningWorkload&) = delete;

  // All of these on the JS thread.

  uint64_t startNs() const { return startNs_; }
  std::string address() const { return reactor_ ? reactor_->address() : finalAddress_; }
  int reactorThreadId() const { return reactorThreadId_; }
  /** `params` were checked against the kernel's features. */
  void configure(const WorkloadParams& params);
  bool hasBlocks() const { return !queue_.isEmpty(); }
  bool takeBlock(Block* out) { return queue_.pop(out); }
  WorkloadStats stats() const;
  KernelAccess kernel() const { return kernel_ ? kernel_->access() : finalAccess_; }

  /** Ends in order, within `timeoutNs`, on a thread of its own; rings when `hasEnded`. Idempotent. */
  void beginFinish(uint64_t timeoutNs);
  /** Ends now, on a thread of its own; cuts a `beginFinish` short. Idempotent. */
  void beginClose();
  /** Ends now and returns when all threads have ended: for the end of the environment. Idempotent. */
  void endNow();

  /** The reactor failed: call beginClose. */
  bool hasFailed() const { return failed_.load(); }
  /** All threads but the closing one have ended; the last block is queued. */
  bool hasEnded() const { return ended_.load(); }
  /** After hasEnded: frees every thread, ring and descriptor; blocks, stats and names stay. Idempotent. */
  void release();
  /** Why it ended by itself; after hasEnded. */
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  void startCloser(std::function<void()> before);
  void requestStop();
  void joinAll();

  const std::function<void()> doorbell_;
  uint64_t startNs_ = 0;
  Counters counters_;
  std::optional<Failure> failure_;
  WorkloadStats finalStats_{};
  KernelAccess finalAccess_;
  std::string finalAddress_;
  int reactorThreadId_ = 0;
  std::atomic<bool> failed_{false};
  std::atomic<bool> ended_{false};

  // Destroyed from the last to the first: who uses goes before what is used.
  BlockQueue queue_;
  std::unique_ptr<PeerDirectory> peers_;
  std::unique_ptr<EventRing> reactorEvents_;
  std::unique_ptr<EventRing> loadEvents_;
  std::unique_ptr<EventRing> kernelEvents_;
  std::unique_ptr<Merger> merger_;
  std::unique_ptr<KernelTracing> kernel_;
  std::unique_ptr<LoadGenerator> load_;
  std::unique_ptr<Reactor> reactor_;
  std::thread closer_;
};

}  // namespace ringlens
