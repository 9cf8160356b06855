#pragma once

#include <cstdint>

#include "trace/event_schema.generated.h"

namespace ringlens {

/**
 * user_data of the workload's own requests: the one place where it is packed and unpacked.
 *
 *     63                16 15    12 11         0
 *     [ epoch of the slot ][ OwnOp ][   slot   ]        0x1003 = the recv of slot 3, first epoch
 *
 * A slot is used again after a close, with the next epoch; so a value is never used twice while the process
 * lives.
 */
struct UserData {
  uint64_t epoch;
  OwnOp op;
  uint32_t slot;

  static constexpr uint64_t pack(OwnOp op, uint32_t slot, uint64_t epoch) {
    return (epoch << kUserDataEpochShift) | (static_cast<uint64_t>(op) << kUserDataSlotBits) | slot;
  }
  static constexpr UserData unpack(uint64_t value) {
    return UserData{value >> kUserDataEpochShift,
                    static_cast<OwnOp>((value >> kUserDataSlotBits) & ((1u << kUserDataOpBits) - 1)),
                    static_cast<uint32_t>(value & ((1u << kUserDataSlotBits) - 1))};
  }
};

/** Connections that a ring can have at a time. */
inline constexpr uint32_t kMaxSlots = 1u << kUserDataSlotBits;
/** Slots from here on are second recvs on the socket of a connection. */
inline constexpr uint32_t kSecondSlots = kMaxSlots / 2;
/** Epochs from here on belong to requests that no slot has: one for each ring. */
inline constexpr uint64_t kRingWideEpoch = uint64_t{1} << 40;

static_assert(UserData::pack(OwnOp::kRecv, 3, 0) == 0x1003);

}  // namespace ringlens
