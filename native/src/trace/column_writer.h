#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/event_schema.generated.h"

namespace ringlens {

/** Numbers of shared/codec/README.md. */
enum class Column : uint8_t {
  kKind = 0,
  kTNs = 1,
  kUserData = 2,
  kRes = 3,
  kFlagsLo = 4,
  kFlagsHi = 5,
  kA = 6,
  kB = 7,
  kRequest = 8,
  kThread = 9,
  kRing = 10,
  kProvenance = 11,
};
enum class Encoding : uint8_t {
  kConstant = 0,
  kVarint = 1,
  kZigzag = 2,
  kDelta = 3,
  kDictionary = 4,
  kRaw = 5
};

/** Most bytes that the columns of `events` events can take: 10 a varint, 12 columns, and a header and
 * dictionary each. */
inline constexpr size_t maxColumnBytes(size_t events) { return 12 * (events * 10 + 8 + 256 * 10 + 10); }

/** Values of up to 256 kinds → their index, in order of appearance. Clearing costs nothing: entries carry a
 * round. */
class ValueDictionary {
 public:
  static constexpr unsigned kLimit = 256;

  void clear() {
    round_++;
    size_ = 0;
  }
  /** Index of `value`, or kLimit when there would be too many. */
  unsigned indexOf(uint64_t value) {
    uint32_t at = static_cast<uint32_t>((value * 0x9e3779b97f4a7c15ull) >> (64 - kSlotBits));
    for (;; at = (at + 1) & (kSlots - 1)) {
      Slot& slot = slots_[at];
      if (slot.round != round_) {
        if (size_ == kLimit) return kLimit;
        slot = {value, round_, size_};
        values_[size_] = value;
        return size_++;
      }
      if (slot.value == value) return slot.index;
    }
  }
  unsigned size() const { return size_; }
  uint64_t value(unsigned index) const { return values_[index]; }

 private:
  static constexpr unsigned kSlotBits = 10;
  static constexpr uint32_t kSlots = 1u << kSlotBits;
  struct Slot {
    uint64_t value;
    uint32_t round;
    uint32_t index;
  };
  Slot slots_[kSlots] = {};
  uint64_t values_[kLimit] = {};
  uint32_t round_ = 0;
  uint32_t size_ = 0;
};

/**
 * Writes the columns of one block. For each column it takes the cheapest of: absent (all zero), constant,
 * dictionary (at most 256 values: one byte an event), or varints, plain or of differences, whichever is
 * shorter. Works on one thread at a time; allocates nothing.
 */
class ColumnWriter {
 public:
  /** Writes to `out`, which has room for maxColumnBytes(count). Returns the end. */
  uint8_t* write(const EventRecord* events, size_t count, uint8_t* out);

 private:
  template <typename Get>
  uint8_t* dictionaryColumn(Column column, const EventRecord* events, size_t count, uint8_t* out, Get get);
  template <typename Get>
  uint8_t* numberColumn(Column column, const EventRecord* events, size_t count, uint8_t* out, Get get);

  ValueDictionary dictionary_;
};

}  // namespace ringlens
