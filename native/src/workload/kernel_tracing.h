#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "trace/event_ring.h"
#include "trace/merger.h"
#include "tracer/ring_identity.h"
#include "tracer/tracer.h"
#include "workload/workload_params.generated.h"

namespace ringlens {

/** How the kernel's side of the workload's ring is seen now. */
struct KernelAccess {
  std::string backend;  // "tracefs", "perf"; empty: it is not
  Kernel scope = Kernel::kOff;
  std::string missing;  // why not, and what to do; empty when it is seen
  std::vector<std::string> notes;
};

struct KernelStats {
  uint64_t events = 0;
  uint64_t lost = 0;  // by the kernel
  uint64_t late = 0;
};

/**
 * The kernel's side of the own workload: one tracer for all its rings, into one EventRing. It never fails the
 * workload: where nothing can be read, `access` says why.
 *
 *     rings     ──1──  ──2──  ──3──    ──4──
 *     kernel     all    all    arms     off
 *     tracer    ─────────────  ─────            another `what` is another tracer, on the same EventRing
 */
class KernelTracing {
 public:
  /** `backend`: "" = the best permitted one, "none" = do as if none was. */
  KernelTracing(EventRing* ring, Merger* merger, std::string backend);
  ~KernelTracing();
  KernelTracing(const KernelTracing&) = delete;
  KernelTracing& operator=(const KernelTracing&) = delete;

  /** A new ring: when it returns, every further event of it is traced. On the thread that made the ring. */
  void onRing(int fd, uint16_t ringId, const WorkloadParams& params,
              const std::vector<std::pair<int32_t, uint16_t>>& threads);
  /** Delivers what was recorded and leaves nothing behind in the kernel. After the last onRing. Idempotent.
   */
  void stop();

  // Any thread.
  KernelAccess access() const;
  KernelStats stats() const;

 private:
  void startTracer(Kernel scope, const std::vector<std::pair<int32_t, uint16_t>>& threads);
  void stopTracer();
  void tell(KernelAccess access);

  EventRing& ring_;
  Merger& merger_;
  const std::string backend_;
  std::unique_ptr<RingIdentifier> identifier_;
  std::vector<std::pair<int32_t, uint16_t>> threads_;  // every id given so far
  Kernel scope_ = Kernel::kOff;                        // of tracer_

  mutable std::mutex mutex_;  // guards what follows; only the owner's thread changes tracer_
  std::unique_ptr<Tracer> tracer_;
  KernelAccess access_;
  KernelStats before_;  // of the tracers that have ended
};

}  // namespace ringlens
