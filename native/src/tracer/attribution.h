#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tracer/flat_map.h"
#include "tracer/kernel_event.h"
#include "tracer/request_tracker.h"
#include "tracer/selection.h"
#include "tracer/sqe_details.h"

namespace ringlens {

/**
 * Turns kernel events into event records: pointers and pids become dictionary ids, each event finds its
 * request, events of other rings are left out. Takes events in time order on the tracer's thread; rings() and
 * threads() from any.
 */
class Attribution {
 public:
  struct Counters {
    uint64_t ambiguous = 0;  // a user_data was shared by live requests and nothing told them apart
    uint64_t foreign = 0;    // events of rings that are not traced
  };

  explicit Attribution(const Selection& selection);

  /** The threads of the selected processes, as they are now. After the back end has started: later ones are
   * traced. */
  void listThreads();
  /** An event gives at most so many records. */
  static constexpr unsigned kMostRecords = 2;
  /** Writes the records that the event gives, in their order, and returns their number. */
  unsigned apply(const KernelEvent& event, EventRecord* out);
  /** The ring that a kBindRing event with `userData` = the returned index makes known. */
  uint64_t prepareBinding(const RingBinding& binding);
  /** After a batch: releases what was looked up in foreign memory. */
  void endBatch() { details_.release(); }

  /**
   * For Scope::kProcesses, after a batch: the rings that make much noise and are not ours, for the kernel's
   * filter. True when they have changed. `gapSinceNs`: a new ring of ours has the memory of one that was left
   * out, so that its events are missing from then until the filter is changed; 0: there is none.
   */
  bool takeExclusions(std::vector<uint64_t>* excluded, uint64_t* gapSinceNs);

  /**
   * What is known to be in flight now, as one `snapshot` … `snapshot_end` (shared/schema/events.ts): the open
   * rings and their requests that receive. On the tracer's thread.
   */
  void snapshot(uint64_t tNs, std::vector<EventRecord>* out) const;
  /** The ring was seen to be closed: no tracepoint tells it. Any thread. */
  void noteClosed(uint16_t ringId);

  std::vector<RingInfo> rings() const;
  std::vector<ThreadInfo> threads() const;
  Counters counters() const;

 private:
  struct Ring {
    Ring(RingInfo ringInfo, RequestTracker tracker)
        : info(std::move(ringInfo)), requests(std::move(tracker)) {}
    RingInfo info;
    RequestTracker requests;
    std::atomic<bool> isClosed{false};  // set by noteClosed
    uint32_t latestBgid = UINT32_MAX;   // UINT32_MAX: none yet
    std::vector<SqeView> older;         // of requests before the binding, the latest first
  };
  struct Prepared {
    RingBinding binding;
    std::vector<SqeView> older;  // read at once: they may be written over when the first event comes
  };
  struct Thread {
    ThreadInfo info;
    Ring* ring = nullptr;   // where it was active last
    bool isListed = false;  // no event of it has come yet
  };

  bool applyToRing(const KernelEvent& event, EventRecord* out);
  bool created(const KernelEvent& event, EventRecord* out);
  bool boundByHost(Prepared* prepared, EventRecord* out);
  void submitted(const KernelEvent& event, Ring* ring, EventRecord* out);
  void ofRequest(const KernelEvent& event, Ring* ring, EventRecord* out);
  RequestMatch completed(const KernelEvent& event, Ring* ring);
  void adopted(const KernelEvent& event, Ring* ring, RequestMatch* match, const EventRecord& of);
  void learnGroup(Ring* ring, uint32_t bgid);
  bool isDelivered(uint8_t kind) const { return (selection_.deliver >> kind & 1) != 0; }
  static void describeRing(const RingInfo& ring, EventRecord* out);
  bool isOpen(const Ring& ring) const;
  Ring* bind(RingInfo info, uint32_t requestsBefore);
  void unbind(uint64_t ctx);
  /** The kernel shall let it through again. True when it did not. */
  bool include(uint64_t ctx);
  Ring* ringOf(const KernelEvent& event);
  Thread* addThread(int32_t tid);
  Thread* threadOf(int32_t tid);

  const Selection selection_;
  SqeDetails details_;
  EventRecord found_{};  // request_found in front of the event at hand; kind 0: none
  std::vector<Prepared> bindings_;
  uint16_t nextRingId_;
  uint16_t nextThreadId_;

  // Guarded by mutex_ where another thread may look: growth of the two vectors, and the infos.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Ring>> rings_;  // also those that are gone: the dictionary of the trace
  std::vector<std::unique_ptr<Thread>> threads_;
  FlatMap ringByCtx_;
  FlatMap threadByTid_;
  Ring* cachedRing_ = nullptr;
  Thread* cachedThread_ = nullptr;

  std::unordered_set<int32_t> ours_;  // tids, Scope::kProcesses
  FlatMap noise_;                     // ctx → events in this batch
  std::vector<uint64_t> named_;       // ctx of the host's rings: never left out
  std::vector<uint64_t> excluded_;
  bool exclusionChanged_ = false;
  uint64_t gapSinceNs_ = 0;
  uint64_t foreign_ = 0;
  uint64_t ambiguous_ = 0;  // of rings that are gone
};

}  // namespace ringlens
