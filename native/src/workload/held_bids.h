#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace ringlens {

/**
 * The bids that the application holds, each until its hold has passed and its echo was sent. On the reactor
 * thread.
 *
 * Since every bid waits the same time, the deadlines of one hold form a queue; a changed hold begins a new
 * queue, so that a shorter one does not wait behind a longer one.
 *
 *     queue 5000 us:  b3 -> b9 -> b4        queue 100 us:  b7 -> b1
 */
class HeldBids {
 public:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint8_t kByTimer = 1;
  static constexpr uint8_t kBySend = 2;
  static constexpr uint8_t kByHand = 4;  // leaked: until it is given back by hand

  struct Bid {
    uint64_t userData = 0;  // of the CQE that consumed it
    uint64_t since = 0;     // ns
    uint64_t deadline = 0;  // ns
    uint32_t bytes = 0;     // in it
    uint32_t nextTimer = kNone;
    uint32_t nextSend = kNone;
    uint8_t users = 0;  // kByTimer, kBySend, kByHand
    bool held = false;
  };

  explicit HeldBids(uint32_t bids) : bids_(bids) {}

  Bid& operator[](uint32_t bid) { return bids_[bid]; }
  uint32_t size() const { return static_cast<uint32_t>(bids_.size()); }
  uint32_t count() const { return count_; }

  void hold(uint32_t bid, uint64_t userData, uint32_t bytes, uint64_t nowNs) {
    Bid& b = bids_[bid];
    b.since = nowNs;
    b.userData = userData;
    b.bytes = bytes;
    b.users = 0;
    b.held = true;
    count_++;
  }
  void release(uint32_t bid) {
    bids_[bid].held = false;
    count_--;
  }

  void startTimer(uint32_t bid, uint64_t nowNs, uint64_t holdNs) {
    Bid& b = bids_[bid];
    b.users |= kByTimer;
    b.deadline = nowNs + holdNs;
    b.nextTimer = kNone;
    if (queues_.empty() || queues_.back().holdNs != holdNs) queues_.push_back({holdNs, kNone, kNone});
    Queue& q = queues_.back();
    if (q.last == kNone) {
      q.first = bid;
    } else {
      bids_[q.last].nextTimer = bid;
    }
    q.last = bid;
  }

  /** Ends the hold of a bid before its time. */
  void cancelTimer(uint32_t bid) {
    if ((bids_[bid].users & kByTimer) == 0) return;
    bids_[bid].users &= static_cast<uint8_t>(~kByTimer);
    for (Queue& q : queues_) {
      uint32_t before = kNone;
      uint32_t at = q.first;
      while (at != kNone && at != bid) {
        before = at;
        at = bids_[at].nextTimer;
      }
      if (at == kNone) continue;
      if (before == kNone) {
        q.first = bids_[bid].nextTimer;
      } else {
        bids_[before].nextTimer = bids_[bid].nextTimer;
      }
      if (q.last == bid) q.last = before;
      return;
    }
  }

  /** When the next hold passes; kForever = none runs. */
  uint64_t nextDeadline() const {
    uint64_t earliest = kForever;
    for (const Queue& q : queues_) {
      if (q.first != kNone && bids_[q.first].deadline < earliest) earliest = bids_[q.first].deadline;
    }
    return earliest;
  }

  /** Calls `passed(bid)` for every hold that has passed by now. */
  template <typename F>
  void expire(uint64_t nowNs, F passed) {
    for (Queue& q : queues_) {
      while (q.first != kNone && bids_[q.first].deadline <= nowNs) {
        const uint32_t bid = q.first;
        q.first = bids_[bid].nextTimer;
        if (q.first == kNone) q.last = kNone;
        bids_[bid].users &= static_cast<uint8_t>(~kByTimer);
        passed(bid);
      }
    }
    while (queues_.size() > 1 && queues_.front().first == kNone) queues_.erase(queues_.begin());
  }

 private:
  struct Queue {
    uint64_t holdNs;
    uint32_t first;
    uint32_t last;
  };
  std::vector<Bid> bids_;
  std::vector<Queue> queues_;
  uint32_t count_ = 0;
};

}  // namespace ringlens
