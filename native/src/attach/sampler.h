#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "attach/ring_watch.h"
#include "attach/target.h"
#include "base/event_fd.h"
#include "trace/probe.h"
#include "tracer/tracer.h"

namespace ringlens {

/** Whom a sampler works with; all outlive it. */
struct SamplerContext {
  Tracer* tracer;           // tells the rings
  EventRing* kernelEvents;  // of the tracer: how far it has delivered
  EventRing* events;        // the sampler's own
  Merger* merger;
  std::function<void()> onAllEnded;  // on the sampler's thread
};

/**
 * The thread "rl-sampler": looks at the rings beside the trace, in intervals, and waits for the ends of the
 * processes.
 *
 *     each interval     every open ring: ring_state, group_state, replenish, ring_close  (RingWatch)
 *     a process ends    when the tracer has delivered all up to then: ring_close of its rings, mark
 * processEnded the last one      onAllEnded
 */
class Sampler {
 public:
  /** `intervalNs` 0: the ends only. */
  Sampler(std::vector<Target> targets, uint64_t intervalNs, SamplerContext context);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /** Joins. Idempotent. */
  void stop();

 private:
  void run();
  /** Until something has ended, or it is time for the next sample, or stop. */
  void wait(uint64_t untilNs);
  void sample();
  void noteEnds();
  /** The rings that the tracer has found since the last call. */
  void watchNewRings(const std::vector<RingInfo>& rings);
  void tellEnd(int32_t pid);
  void begin();

  struct Ended {
    int32_t pid;
    uint64_t tNs;
  };
  const uint64_t intervalNs_;
  const SamplerContext context_;
  Probe probe_;
  std::vector<Target> targets_;  // those that live
  std::vector<Ended> ended_;     // and are not told yet
  std::vector<std::unique_ptr<RingWatch>>
      watches_;  // one for each ring of the tracer, in its order; null: closed

  EventFd doorbell_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace ringlens
