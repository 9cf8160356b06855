#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attach/sampler.h"
#include "attach/target.h"
#include "trace/block_queue.h"
#include "trace/event_ring.h"
#include "trace/merger.h"
#include "tracer/ring_identity.h"
#include "tracer/tracer.h"

namespace ringlens {

/** Checked options of startTrace; units as in native/index.ts. */
struct TraceOptions {
  std::vector<int32_t> pids;
  Selection::What what = Selection::What::kAll;
  bool requireRing = false;
  std::string backend;  // "" = the best permitted one
  size_t bufferBytes = 8u << 20;
  uint64_t sampleIntervalNs = 50 * kNsPerMs;  // 0: never
  uint32_t eventRingEvents = 1u << 19;
  uint32_t flushIntervalUs = 5000;
};

struct TraceStats {
  uint64_t events = 0, dropped = 0;  // in the stream; lost since a ring of ours was full
  uint64_t kernelEvents = 0, kernelLost = 0, kernelLate = 0, ambiguous = 0, readerCpuNs = 0;
};

/**
 * Other processes under the tracer. Owns the tracer's thread, the sampler's and the merger's; nothing of the
 * targets is changed, and nothing of them runs on our behalf.
 *
 *     kernel ── Tracer ── EventRing ──┐
 *                                     ├─ Merger ── BlockQueue
 *     /proc, shared memory ─ Sampler ─┘
 *
 * Threads: constructor, stop and destructor on one at a time; the rest from any.
 */
class ProcessTrace {
 public:
  /**
   * Starts everything, or throws Failure (as startTrace of native/index.ts) and leaves nothing behind.
   * `onBlocks` is called on the merger's thread, `onAllEnded` on the sampler's when the last of the processes
   * has ended.
   */
  ProcessTrace(const TraceOptions& options, BlockQueue* queue, std::function<void()> onBlocks,
               std::function<void()> onAllEnded);
  ~ProcessTrace();
  ProcessTrace(const ProcessTrace&) = delete;
  ProcessTrace& operator=(const ProcessTrace&) = delete;

  /** Delivers what the kernel has recorded so far, joins, and leaves nothing behind. Idempotent. */
  void stop();

  uint64_t startNs() const { return startNs_; }
  Selection::What what() const { return what_; }
  TraceStats stats() const;
  std::string backend() const { return tracer_->stats().backend; }
  /** What is weaker than asked for, one sentence each. */
  std::vector<std::string> notes() const;
  std::vector<RingInfo> rings() const { return tracer_->rings(); }
  std::vector<ThreadInfo> threads() const { return tracer_->threads(); }

 private:
  void addRings(RingIdentifier* identifier, const Target& target);

  const Selection::What what_;
  std::vector<std::string> startNotes_;  // complete when the constructor returns
  uint64_t startNs_ = 0;

  // Destroyed from the last to the first: who uses goes before what is used.
  EventRing kernelEvents_;
  EventRing sampledEvents_;
  std::unique_ptr<Merger> merger_;
  std::unique_ptr<Tracer> tracer_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace ringlens
