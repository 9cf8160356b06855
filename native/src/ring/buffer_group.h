#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/mapping.h"
#include "ring/bid_list.h"
#include "ring/ring.h"

namespace ringlens {

/** Contiguous bids first … first + count - 1. */
struct BidRun {
  uint32_t first;
  uint32_t count;
};

/**
 * A buffer group: the memory of its buffers and the list of available bids. Used on the ring's thread only.
 * The life of a bid: `give` (returned, not yet visible) -> `flush` or provided (available) -> `take` at its
 * CQE.
 */
class BufferGroup {
 public:
  BufferGroup(uint16_t bgid, uint32_t buffers, uint32_t bufferSize);
  virtual ~BufferGroup() = default;
  BufferGroup(const BufferGroup&) = delete;
  BufferGroup& operator=(const BufferGroup&) = delete;

  uint16_t bgid() const { return bgid_; }
  uint32_t buffers() const { return buffers_; }
  /** Bytes of one buffer. */
  uint32_t bufferSize() const { return bufferSize_; }
  uint8_t* address(uint32_t bid) const {
    return memory_.as<uint8_t>() + static_cast<size_t>(bid) * bufferSize_;
  }

  const BidList& available() const { return available_; }
  bool isAvailable(uint32_t bid) const { return bid < buffers_ && available_.has(bid); }
  /** The kernel handed this bid out for good, or took it out of the group. */
  void take(uint32_t bid) { available_.remove(available_.first(bid)); }

  /** Bytes at the front of an available buffer that are already used (incremental groups; else 0). */
  virtual uint32_t usedBytes(uint32_t /*bid*/) const { return 0; }
  virtual void addUsedBytes(uint32_t /*bid*/, uint32_t /*bytes*/) {}

  /** Returns a bid; the kernel sees it after `flush` (ring) or after the SQE of its run (legacy). */
  virtual void give(uint32_t bid) = 0;
  /**
   * Returns a bid that the group may have already: the classic bug. Returns the bid whose entry it took, so
   * that nobody has that one any more; BidList::kAbsent = none.
   */
  virtual uint32_t giveAgain(uint32_t bid) {
    give(bid);
    return BidList::kAbsent;
  }
  /** Makes what was given visible to the kernel, where that needs no SQE. */
  virtual void flush() {}
  /** The next run of given bids that needs a PROVIDE_BUFFERS SQE; false = none. */
  virtual bool nextRun(BidRun* /*run*/) { return false; }

 protected:
  BidList available_;

 private:
  const uint16_t bgid_;
  const uint32_t buffers_;
  const uint32_t bufferSize_;
  Mapping memory_;
};

/**
 * A buffer ring: the application returns a bid with a store to shared memory (io_uring_register_buf_ring(3)).
 * The ring of entries is registered in the constructor and unregistered in the destructor, before the Ring
 * goes.
 */
class BufRing final : public BufferGroup {
 public:
  BufRing(Ring& ring, uint16_t bgid, uint32_t buffers, uint32_t bufferSize, bool incremental);
  ~BufRing() override;

  uint32_t usedBytes(uint32_t bid) const override { return used_ == nullptr ? 0 : used_[bid]; }
  void addUsedBytes(uint32_t bid, uint32_t bytes) override { used_[bid] += bytes; }
  void give(uint32_t bid) override;
  uint32_t giveAgain(uint32_t bid) override;
  void flush() override;

 private:
  io_uring_buf_ring* entries() const { return memory_.as<io_uring_buf_ring>(); }

  const int ringFd_;
  Mapping memory_;
  int given_ = 0;
  uint16_t tail_ = 0;                 // as the kernel sees it after `flush`
  std::unique_ptr<uint32_t[]> used_;  // incremental only
};

/** A group filled by PROVIDE_BUFFERS requests; the kernel keeps it in a list, first in, first out. */
class LegacyGroup final : public BufferGroup {
 public:
  LegacyGroup(uint16_t bgid, uint32_t buffers, uint32_t bufferSize) : BufferGroup(bgid, buffers, bufferSize) {
    runs_.reserve(buffers);
  }
  void give(uint32_t bid) override;
  bool nextRun(BidRun* run) override;

 private:
  std::vector<BidRun> runs_;
  size_t taken_ = 0;
};

}  // namespace ringlens
