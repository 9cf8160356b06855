#pragma once

#include <algorithm>
#include <cstdint>

#include "trace/event_schema.generated.h"
#include "trace/thread_ids.h"

namespace ringlens {

/**
 * Counts the available buffers of the own ring's group by following its events, and keeps the smallest count
 * of a block. Unknown (kUnknown) before the first fill has ended and from a `dropped` event to the next
 * snapshot.
 *
 *     reap with F_BUFFER       -1   F_BUF_MORE: 0, the buffer is only partly used
 *     ... of a bundle          every buffer that the bytes fill, in ring order (MULTISHOT.md, case j)
 *     replenish                +1
 *     buffer_remove            -1 where it is taken out of a legacy group; of a ring the application keeps
 * what it holds, and what is written over is one entry for another snapshot_bid available   counted anew
 */
class FreeBuffers {
 public:
  static constexpr uint32_t kUnknown = 0xffffffff;

  void beginBlock() { min_ = isKnown() ? available_ : kUnknown; }
  uint32_t min() const { return min_; }

  void see(const EventRecord& e) {
    switch (static_cast<Kind>(e.kind)) {
      case Kind::kReap: reap(e); break;
      case Kind::kReplenish: available_++; break;
      case Kind::kBufferRemove:
        if (legacy_ && e.flags == 0) available_ -= std::min(available_, 1u);
        if (isKnown()) note();
        break;
      case Kind::kSubmit:
        endFill();
        if (isRecvOpcode(e.a & 0xff)) bundle_ = ((e.a >> 16) & kRecvBundle) != 0;
        break;
      case Kind::kGroupRegister:
        if (!inSnapshot_) {
          state_ = State::kFilling;
          available_ = 0;
        }
        bufferSize_ = static_cast<uint32_t>(e.res);
        legacy_ = (e.flags & static_cast<uint32_t>(GroupFlag::kLegacy)) != 0;
        incremental_ = (e.flags & static_cast<uint32_t>(GroupFlag::kIncremental)) != 0;
        break;
      case Kind::kGroupUnregister: state_ = State::kUnknown; break;
      case Kind::kDropped:
        if (e.thread == kReactorThreadId) state_ = State::kUnknown;
        break;
      case Kind::kSnapshot:
        endFill();
        counted_ = 0;
        inSnapshot_ = true;
        break;
      case Kind::kSnapshotBid:
        if (e.flags == static_cast<uint32_t>(BidState::kAvailable)) counted_++;
        break;
      case Kind::kSnapshotEnd:
        available_ = counted_;
        inSnapshot_ = false;
        state_ = State::kKnown;
        note();
        break;
      case Kind::kSnapshotArm:
        bundle_ = (e.flags & static_cast<uint32_t>(SnapshotArmFlag::kBundle)) != 0;
        break;
      default: endFill(); break;
    }
  }

 private:
  enum class State : uint8_t { kUnknown, kFilling, kKnown };
  static constexpr uint32_t kFlagBuffer = 1u << 0;   // IORING_CQE_F_BUFFER
  static constexpr uint32_t kFlagBufMore = 1u << 4;  // IORING_CQE_F_BUF_MORE
  static constexpr uint32_t kRecvBundle = 1u << 4;   // IORING_RECVSEND_BUNDLE
  static bool isRecvOpcode(uint32_t opcode) { return opcode == 27 || opcode == 10; }  // RECV, RECVMSG

  bool isKnown() const { return state_ == State::kKnown; }
  void note() { min_ = std::min(min_, available_); }
  void endFill() {
    if (state_ != State::kFilling) return;
    state_ = State::kKnown;
    note();
  }

  void reap(const EventRecord& e) {
    if (state_ != State::kKnown) {
      endFill();
      if (!isKnown()) return;
    }
    if ((e.flags & kFlagBuffer) == 0) return;
    const bool more = (e.flags & kFlagBufMore) != 0;
    uint32_t used = more ? 0 : 1;
    if (bundle_ && bufferSize_ > 0 && e.res > 0) {
      const uint64_t end = static_cast<uint64_t>(incremental_ ? e.b : 0) + static_cast<uint64_t>(e.res);
      used = static_cast<uint32_t>(more ? end / bufferSize_ : (end + bufferSize_ - 1) / bufferSize_);
    }
    available_ -= std::min(available_, used);
    note();
  }

  State state_ = State::kUnknown;
  bool inSnapshot_ = false;
  bool bundle_ = false;
  bool incremental_ = false;
  bool legacy_ = false;
  uint32_t bufferSize_ = 0;
  uint32_t available_ = 0;
  uint32_t counted_ = 0;
  uint32_t min_ = kUnknown;
};

}  // namespace ringlens
