#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/mapping.h"
#include "trace/event_schema.generated.h"

namespace ringlens {

/**
 * Bounded lock-free ring of events between one producer thread and the merger. The producer never waits: when
 * the ring is full, events are lost and counted, until the producer finds room and calls `resume`, which puts
 * a `dropped` event in front of whatever follows.
 *
 *     records   . . . A A A A A A B B B . . . .       A: published, B: written and not yet published
 *                     ^head       ^tail ^next
 *
 * Time order across rings (used by Merger): while the producer stamps and writes, `claim` holds a lower bound
 * of the stamps it may still publish; 0 = it is not writing, so whatever it stamps later is later than now.
 *
 *     producer: beginBatch() -> read the clock, push() ... -> publish()
 *     merger:   now = clock; bound = earliestUnpublished(now); readable()      in this order
 */
class EventRing {
 public:
  /** `capacity` events; a power of two. `provenance` is that of its `dropped` events. */
  explicit EventRing(size_t capacity, Provenance provenance = Provenance::kProbe)
      : memory_(capacity * sizeof(EventRecord)), mask_(capacity - 1), provenance_(provenance) {}
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  size_t capacity() const { return mask_ + 1; }

  // Producer's side.

  /** Before the clock is read for the next events. */
  void beginBatch() { claim_.store(lastNs_ == 0 ? 1 : lastNs_, std::memory_order_seq_cst); }

  /** Appends one event; false = lost and counted. Once one is lost all are, until `resume`. */
  bool push(const EventRecord& event) {
    if (lost_ == 0 && next_ - cachedHead_ > mask_) cachedHead_ = head_.load(std::memory_order_acquire);
    if (lost_ > 0 || next_ - cachedHead_ > mask_) {
      if (lost_++ == 0) firstLossNs_ = event.tNs;
      return false;
    }
    records()[next_++ & mask_] = event;
    lastNs_ = event.tNs;
    return true;
  }

  bool isLosing() const { return lost_ > 0; }

  /** Events appended so far, also those that are not published yet. */
  uint64_t pushed() const { return next_; }

  /** Free places as the producer sees them now. */
  size_t room() {
    cachedHead_ = head_.load(std::memory_order_acquire);
    return capacity() - static_cast<size_t>(next_ - cachedHead_);
  }

  /** Where events were lost and `wanted` more fit behind it: writes the `dropped` event. True when it did. */
  bool resume(size_t wanted, uint64_t nowNs, uint16_t thread, uint16_t ring) {
    if (lost_ == 0 || room() < wanted + 1) return false;
    const EventRecord dropped = lossRecord(lost_, firstLossNs_, nowNs, thread, ring);
    toldLost_ += lost_;
    lost_ = 0;
    push(dropped);
    return true;
  }

  /**
   * Makes what was pushed visible. Returns the number of events that became visible. `holdNs`: what is
   * published later can be as old as that, though nobody is writing now (the tracer, whose events wait for
   * those of other CPUs); 0 = it is stamped later than now.
   */
  size_t publish(uint64_t holdNs = 0) {
    const uint64_t published = tail_.load(std::memory_order_relaxed);
    tail_.store(next_, std::memory_order_release);
    totalLost_.store(toldLost_ + lost_, std::memory_order_relaxed);
    pendingLost_.store(lost_, std::memory_order_relaxed);
    pendingFirstLossNs_.store(firstLossNs_, std::memory_order_relaxed);
    hold(holdNs);
    return static_cast<size_t>(next_ - published);
  }

  /** Nothing older than `ns` will be published; 0 = nothing older than now. */
  void hold(uint64_t ns) { claim_.store(ns, std::memory_order_seq_cst); }

  // Merger's side.

  /** Lower bound of the stamps that the producer can still publish beyond what `readable` will show. */
  uint64_t earliestUnpublished(uint64_t nowNs) const {
    const uint64_t claim = claim_.load(std::memory_order_seq_cst);
    return claim == 0 ? nowNs : claim;
  }
  size_t readable() const {
    return static_cast<size_t>(tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_relaxed));
  }
  /** The i-th unread event; i < readable(). */
  const EventRecord& peek(size_t i) const {
    return records()[(head_.load(std::memory_order_relaxed) + i) & mask_];
  }
  void consume(size_t n) {
    head_.store(head_.load(std::memory_order_relaxed) + n, std::memory_order_release);
  }

  /** After the producer has ended: the `dropped` event that it could not write. False when there is none. */
  bool takeFinalLoss(uint64_t nowNs, uint16_t thread, uint16_t ring, EventRecord* out) {
    const uint64_t lost = pendingLost_.exchange(0, std::memory_order_relaxed);
    if (lost == 0) return false;
    *out = lossRecord(lost, pendingFirstLossNs_.load(std::memory_order_relaxed), nowNs, thread, ring);
    return true;
  }

  // Any thread.

  uint64_t written() const { return tail_.load(std::memory_order_relaxed); }
  uint64_t lost() const { return totalLost_.load(std::memory_order_relaxed); }

 private:
  EventRecord lossRecord(uint64_t lost, uint64_t firstLossNs, uint64_t nowNs, uint16_t thread,
                         uint16_t ring) const {
    EventRecord e{};
    e.tNs = nowNs;
    e.userData = firstLossNs;
    e.a = static_cast<uint32_t>(lost);
    e.b = static_cast<uint32_t>(lost >> 32);
    e.thread = thread;
    e.ring = ring;
    e.kind = static_cast<uint8_t>(Kind::kDropped);
    e.provenance = static_cast<uint8_t>(provenance_);
    return e;
  }
  EventRecord* records() const { return memory_.as<EventRecord>(); }

  Mapping memory_;
  const uint64_t mask_;
  const Provenance provenance_;

  // Written by the producer; each group on its own cache line.
  alignas(64) uint64_t next_ = 0;
  uint64_t cachedHead_ = 0;
  uint64_t lastNs_ = 0;
  uint64_t lost_ = 0;      // not told yet
  uint64_t toldLost_ = 0;  // told by `dropped` events
  uint64_t firstLossNs_ = 0;
  alignas(64) std::atomic<uint64_t> tail_{0};
  std::atomic<uint64_t> claim_{0};
  std::atomic<uint64_t> totalLost_{0};
  std::atomic<uint64_t> pendingLost_{0};
  std::atomic<uint64_t> pendingFirstLossNs_{0};
  // Written by the merger.
  alignas(64) std::atomic<uint64_t> head_{0};
};

}  // namespace ringlens
