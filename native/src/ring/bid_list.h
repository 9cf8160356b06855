#pragma once

#include <cstdint>
#include <memory>

namespace ringlens {

/**
 * The available bids of a group in the order in which the kernel picks them: a queue from which any bid can
 * be taken out in one step. It mirrors what the kernel holds, since no system call tells (MULTISHOT.md, fact
 * 8).
 *
 *     front -> 4 -> 7 -> 0 -> back          next[4] = 7, before[7] = 4, ...; next[bid] = kAbsent: not in the
 * list
 */
class BidList {
 public:
  static constexpr uint32_t kEnd = 0xfffffffe;
  static constexpr uint32_t kAbsent = 0xffffffff;

  explicit BidList(uint32_t bids) : next_(new uint32_t[bids]), before_(new uint32_t[bids]) {
    for (uint32_t i = 0; i < bids; i++) next_[i] = kAbsent;
  }

  uint32_t size() const { return size_; }
  uint32_t front() const { return front_; }
  uint32_t next(uint32_t bid) const { return next_[bid]; }
  bool has(uint32_t bid) const { return next_[bid] != kAbsent; }

  void append(uint32_t bid) {
    next_[bid] = kEnd;
    before_[bid] = back_;
    if (back_ == kEnd) {
      front_ = bid;
    } else {
      next_[back_] = bid;
    }
    back_ = bid;
    size_++;
  }

  void remove(uint32_t bid) {
    const uint32_t after = next_[bid];
    const uint32_t before = before_[bid];
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
    next_[bid] = kAbsent;
    size_--;
  }

 private:
  std::unique_ptr<uint32_t[]> next_;
  std::unique_ptr<uint32_t[]> before_;
  uint32_t front_ = kEnd;
  uint32_t back_ = kEnd;
  uint32_t size_ = 0;
};

}  // namespace ringlens
