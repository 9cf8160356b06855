#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace ringlens {

/**
 * The available bids of a group in the order in which the kernel picks them: a queue from which any bid can
 * be taken out in one step. It mirrors what the kernel holds, since no system call tells (MULTISHOT.md, fact
 * 8).
 *
 *     front -> 4 -> 7 -> 0 -> back          next[4] = 7, before[7] = 4, ...; next[bid] = kAbsent: not in the
 * list
 *
 * A bid is its own node. One that was given back twice is in the kernel's list twice: its further nodes are
 * numbered behind the bids and end when they are picked.
 */
class BidList {
 public:
  static constexpr uint32_t kEnd = 0xfffffffe;
  static constexpr uint32_t kAbsent = 0xffffffff;

  explicit BidList(uint32_t bids) : bids_(bids), next_(bids, kAbsent), before_(bids, kEnd) {}

  /** Nodes: a bid that is there twice counts twice. */
  uint32_t size() const { return size_; }
  uint32_t front() const { return front_; }
  uint32_t next(uint32_t node) const { return next_[node]; }
  uint32_t bidOf(uint32_t node) const { return node < bids_ ? node : further_[node - bids_]; }
  bool has(uint32_t bid) const { return next_[bid] != kAbsent || (twice_ > 0 && first(bid) != kEnd); }
  /** The node of `bid` that is picked first; kEnd = there is none. */
  uint32_t first(uint32_t bid) const {
    if (twice_ == 0) return next_[bid] == kAbsent ? kEnd : bid;
    uint32_t node = front_;
    while (node != kEnd && bidOf(node) != bid) node = next_[node];
    return node;
  }
  /** The node that so many others stand before; kEnd = there are not so many. */
  uint32_t at(uint32_t index) const {
    uint32_t node = front_;
    for (; index > 0 && node != kEnd; index--) node = next_[node];
    return node;
  }

  void append(uint32_t bid) { insert(newNode(bid), back_, kEnd); }

  void remove(uint32_t node) {
    const uint32_t after = next_[node];
    const uint32_t before = before_[node];
    if (before == kEnd) {
      front_ = after;
    } else {
      next_[before] = after;
    }
    if (after == kEnd) {
      back_ = before;
    } else {
      before_[after] = before;
    }
    next_[node] = kAbsent;
    size_--;
    if (node < bids_) return;
    twice_--;
    unused_.push_back(node);
  }

  /** Puts `bid` where `node` stands, which is no longer there. */
  void replace(uint32_t node, uint32_t bid) {
    const uint32_t before = before_[node];
    remove(node);
    insert(newNode(bid), before, before == kEnd ? front_ : next_[before]);
  }

 private:
  uint32_t newNode(uint32_t bid) {
    if (next_[bid] == kAbsent) return bid;
    twice_++;
    if (unused_.empty()) {
      next_.push_back(kAbsent);
      before_.push_back(kEnd);
      further_.push_back(bid);
      return static_cast<uint32_t>(next_.size()) - 1;
    }
    const uint32_t node = unused_.back();
    unused_.pop_back();
    further_[node - bids_] = bid;
    return node;
  }

  void insert(uint32_t node, uint32_t before, uint32_t after) {
    next_[node] = after;
    before_[node] = before;
    if (before == kEnd) {
      front_ = node;
    } else {
      next_[before] = node;
    }
    if (after == kEnd) {
      back_ = node;
    } else {
      before_[after] = node;
    }
    size_++;
  }

  const uint32_t bids_;
  std::vector<uint32_t> next_;
  std::vector<uint32_t> before_;
  std::vector<uint32_t> further_;  // bid of each node behind the bids
  std::vector<uint32_t> unused_;   // of these nodes
  uint32_t twice_ = 0;             // of these nodes, in the list
  uint32_t front_ = kEnd;
  uint32_t back_ = kEnd;
  uint32_t size_ = 0;
};

}  // namespace ringlens
