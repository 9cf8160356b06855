#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringlens {

/**
 * One page of the kernel's trace ring buffer, as trace_pipe_raw hands it out:
 *
 *     0           8          16                                       16 + length
 *     [ time u64 ][ commit   ][ event ][ event ] ...                  ]( lost u64, when bit 30 is set )
 *                  bits 0-29: length, bit 31: events were lost before this page, bit 30: their number follows
 * the data
 *
 * An event begins with one u32 word: bits 0-4 type_len, bits 5-31 nanoseconds since the one before.
 *
 *     type_len   0       u32 length (counts itself), then the record
 *                1-28    record of 4 * type_len bytes
 *                29      padding: delta 0 = nothing more on this page; else u32 length to skip
 *                30      the delta goes on in the next u32, 27 bits higher
 *                31      absolute time: the same form, in place of a delta (its top 5 bits are those of the
 * page)
 *
 * Source: include/linux/ring_buffer.h (enum ring_buffer_type), kernel/trace/ring_buffer.c (struct
 * buffer_data_page, RB_MISSED_*, rb_update_read_stamp, rb_fix_abs_ts).
 */
class RingPage {
 public:
  static constexpr size_t kHeaderBytes = 16;

  /** `bytes` is what read(2) returned. */
  RingPage(const uint8_t* page, size_t bytes) {
    if (bytes < kHeaderBytes) return;
    uint64_t commit;
    std::memcpy(&time_, page, sizeof time_);
    std::memcpy(&commit, page + 8, sizeof commit);
    size_t length = commit & ((1u << 30) - 1);
    if (length > bytes - kHeaderBytes) length = bytes - kHeaderBytes;
    at_ = page + kHeaderBytes;
    end_ = at_ + length;
    if ((commit & kMissed) == 0) return;
    missed_ = 1;  // at least
    if ((commit & kMissedStored) != 0 && length + 8 <= bytes - kHeaderBytes)
      std::memcpy(&missed_, end_, sizeof missed_);
  }

  /** Events lost in front of this page (only where the buffer may overwrite); 0: none. */
  uint64_t missed() const { return missed_; }
  uint64_t time() const { return time_; }

  /** The next record, or nullptr at the end. `time()` is then its time. */
  const uint8_t* next(size_t* bytes) {
    while (at_ + 4 <= end_) {
      const uint32_t word = u32(at_);
      const uint32_t type = word & 31;
      const uint64_t delta = word >> 5;
      const uint8_t* const body = at_ + 4;
      if (type >= 1 && type <= 28) {
        *bytes = type * 4;
        return take(body, delta, body + *bytes);
      }
      if (body + 4 > end_) break;
      const uint32_t extra = u32(body);
      switch (type) {
        case 0:
          if (extra < 4) return stop();
          *bytes = extra - 4;
          return take(body + 4, delta, body + ((extra + 3) & ~3u));
        case 29:
          if (delta == 0) return stop();
          time_ += delta;
          at_ = body + extra;
          break;
        case 30:
          time_ += delta + (static_cast<uint64_t>(extra) << 27);
          at_ = body + 4;
          break;
        default:
          time_ = (time_ & kTopBits) | delta | (static_cast<uint64_t>(extra) << 27);
          at_ = body + 4;
          break;
      }
    }
    return stop();
  }

 private:
  static constexpr uint64_t kMissed = 1u << 31;
  static constexpr uint64_t kMissedStored = 1u << 30;
  static constexpr uint64_t kTopBits = 0xf8ull << 56;

  static uint32_t u32(const uint8_t* p) {
    uint32_t value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
  const uint8_t* take(const uint8_t* record, uint64_t delta, const uint8_t* next) {
    if (next > end_) return stop();
    time_ += delta;
    at_ = next;
    return record;
  }
  const uint8_t* stop() {
    at_ = end_;
    return nullptr;
  }

  uint64_t time_ = 0;
  uint64_t missed_ = 0;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
};

}  // namespace ringlens
