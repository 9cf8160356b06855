#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "base/event_fd.h"
#include "trace/block_packer.h"
#include "trace/block_queue.h"
#include "trace/event_ring.h"

namespace ringlens {

/** One producer as the merger sees it. `thread` and `ringId` go into a `dropped` event written on its behalf.
 */
struct MergerInput {
  EventRing* ring;
  uint16_t thread;
  uint16_t ringId;
};

/**
 * The merger thread: takes the events of all producers in one time order, cuts blocks and queues them.
 *
 * An event leaves its ring when no other producer can still publish an earlier one
 * (EventRing::earliestUnpublished); so the order is exact, and one producer's events never change places. At
 * equal stamps the later input goes first (the load generator sends before the reactor receives). A snapshot
 * is taken as one piece and never cut in two.
 *
 * It sleeps until a producer calls `notify` and then for at most one flush interval; while the queue is full
 * it leaves the events where they are, so that the producers count what they lose.
 */
class Merger {
 public:
  /** `onBlocks` is called on the merger thread after blocks were queued. */
  Merger(std::vector<MergerInput> inputs, BlockQueue* queue, uint64_t flushIntervalNs,
         std::function<void()> onBlocks, SummaryOf summaryOf = SummaryOf::kReaps);
  ~Merger();
  Merger(const Merger&) = delete;
  Merger& operator=(const Merger&) = delete;

  /** After a producer has published `ring`. Called by its thread; costs a system call once a block at most.
   */
  void notify(const EventRing& ring) {
    if (idle_.load(std::memory_order_seq_cst) ||
        (collecting_.load(std::memory_order_relaxed) &&
         ring.readable() >= wakeEvents_.load(std::memory_order_relaxed))) {
      wake();
    }
  }

  /** `dropped` events that it wrote on behalf of producers that ended while they lost. Any thread. */
  uint64_t eventsAdded() const { return added_.load(std::memory_order_relaxed); }

  /** All producers have ended: takes everything that is left, also beyond the queue's limit, and joins.
   * Idempotent. */
  void stop();

 private:
  static constexpr size_t kBlockEvents = 8192;  // a block is cut when this many are collected
  static constexpr size_t kWakeEvents = 4096;   // so many further events end the wait early

  void run();
  void wake();
  void noteWaiting();
  bool hasEvents() const;
  /** Moves what is ready into `pending_`, cutting blocks on the way. */
  void collect(bool last);
  void take(EventRing* ring, size_t events);
  void cut();

  const std::vector<MergerInput> inputs_;
  BlockQueue* const queue_;
  const uint64_t flushIntervalNs_;
  const std::function<void()> onBlocks_;
  size_t leastWakeEvents_ = kWakeEvents;

  BlockPacker packer_;
  std::vector<EventRecord> pending_;
  uint64_t seq_ = 0;
  bool queued_ = false;

  std::atomic<uint64_t> added_{0};
  EventFd doorbell_;
  /** Unread events of one producer that end the wait: more than those that wait for another producer. */
  std::atomic<size_t> wakeEvents_{kWakeEvents};
  std::atomic<bool> idle_{false};
  std::atomic<bool> collecting_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace ringlens
