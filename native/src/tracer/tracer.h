#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/event_fd.h"
#include "trace/event_ring.h"
#include "tracer/attribution.h"
#include "tracer/backend.h"
#include "tracer/cpu_queues.h"
#include "tracer/selection.h"

namespace ringlens {

struct TracerStats {
  std::string backend;     // its name, for the page and for `check`
  uint64_t events = 0;     // records written into the EventRing
  uint64_t restated = 0;   // of these, records of snapshots
  uint64_t lost = 0;       // by the kernel: its buffer was full
  uint64_t ringLost = 0;   // by us: the EventRing was full
  uint64_t late = 0;       // came behind the watermark; their time was moved up to it
  uint64_t ambiguous = 0;  // could not be told apart from another request's
  uint64_t foreign = 0;    // of rings that are not traced
  uint64_t readerCpuNs =
      0;  // CPU time of the tracer's thread: what the kernel's part of the price leaves out
  uint64_t bufferBytes = 0;  // of the kernel, for each CPU
  unsigned cpus = 0;
  std::vector<std::string> missing;  // tracepoints and fields that this kernel lacks
  std::vector<std::string> notes;    // what is weaker than asked for
};

/**
 * Reads the kernel's io_uring tracepoints and writes them, decoded and in one time order, into an EventRing,
 * losses as `dropped` events. Who reads them from the kernel is the back end's business and unknown above.
 *
 *     Merger merger({... {&ring, 0, 0}}, ...); Tracer tracer(..., &ring, ...); tracer.start(); ...
 * tracer.stop();
 *
 * Its thread "rl-tracer" wakes each `readIntervalNs`. An event waits `holdBackNs` for earlier ones of other
 * CPUs; until then the EventRing's claim holds the merger back (EventRing::publish).
 *
 * Threads: start, stop, addRing from the owner's thread (any, one at a time); stats, rings, threads from any.
 */
class Tracer {
 public:
  /**
   * The host's `ring` outlives the tracer and can be given to the next one. `onPublish` is called on the
   * tracer's thread after events were published.
   */
  Tracer(Selection selection, EventRing* ring, std::function<void()> onPublish = {});
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /** When it returns, every further event of the selection is traced. Throws Failure with reason and remedy.
   * Once. */
  void start();
  /**
   * One more ring. When it returns, every further event of it is traced. What was recorded for its `ctx`
   * before belongs to whichever ring had that memory before.
   */
  void addRing(const RingBinding& binding);
  /** The ring was seen to be closed: it is not restated any more (Selection::snapshots). Any thread. */
  void noteClosed(uint16_t ringId) { attribution_.noteClosed(ringId); }
  /** Switches the events off, delivers what was recorded, joins, and leaves nothing behind in the kernel.
   * Idempotent. */
  void stop();

  TracerStats stats() const;
  /** The dictionaries: every id that a record can carry. */
  std::vector<RingInfo> rings() const { return attribution_.rings(); }
  std::vector<ThreadInfo> threads() const { return attribution_.threads(); }

 private:
  class Decoder;
  static uint32_t wanted(const Selection& selection);

  void run();
  /** Reads, orders and publishes. `last`: everything. */
  void round(bool last);
  void bindPending();
  /** Tells the back end what Attribution wants left out. */
  void updateExclusions();
  void deliver(const KernelEvent& event);
  void writeSnapshot(uint64_t tNs);
  RingFilter filter() const;
  void updateStats();

  const Selection selection_;
  const std::function<void()> onPublish_;
  EventRing& ring_;
  const uint64_t writtenBefore_;  // by the tracers before
  const uint64_t ringLostBefore_;
  std::string backendName_;
  std::unique_ptr<Backend> backend_;
  CpuQueues queues_;
  Attribution attribution_;
  std::vector<uint64_t> listed_;    // ctx of the rings that the host named
  std::vector<uint64_t> excluded_;  // ctx of noisy rings that are not ours
  uint64_t lost_ = 0;               // on the tracer's thread
  uint64_t nextSnapshotNs_ = 0;
  uint64_t nextSnapshotAt_ = 0;  // of EventRing::pushed()
  std::vector<EventRecord> snapshot_;
  uint64_t restated_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable bound_;
  std::vector<RingBinding> pending_;
  uint64_t bindings_ = 0;  // done so far
  std::string bindError_;
  TracerStats stats_;

  EventFd doorbell_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace ringlens
