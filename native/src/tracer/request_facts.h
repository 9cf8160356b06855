#pragma once

#include <cstdint>

#include "trace/event_schema.generated.h"
#include "tracer/sqe_view.h"

namespace ringlens {

/** Opcodes of requests that can be multishots, and of those whose F_MORE means something else
 * (include/uapi/linux/io_uring.h, enum io_uring_op). */
namespace opcode {
inline constexpr uint8_t kPollAdd = 6;
inline constexpr uint8_t kRecvmsg = 10;
inline constexpr uint8_t kAccept = 13;
inline constexpr uint8_t kRecv = 27;
inline constexpr uint8_t kSendZc = 47;
inline constexpr uint8_t kSendmsgZc = 48;
inline constexpr uint8_t kReadMultishot = 49;
inline constexpr uint8_t kUnknown = 0xff;
}  // namespace opcode

inline constexpr uint16_t kRecvMultishot = 2;    // ioprio: IORING_RECV_MULTISHOT
inline constexpr uint16_t kAcceptMultishot = 1;  // ioprio: IORING_ACCEPT_MULTISHOT
inline constexpr uint32_t kPollAddMulti = 1;     // len: IORING_POLL_ADD_MULTI
inline constexpr uint16_t kRecvBundle = 16;      // ioprio: IORING_RECVSEND_BUNDLE
inline constexpr uint16_t kBgidNotTold = 0xffff;
inline constexpr uint8_t kFixedFile = 1;  // sqe.flags: IOSQE_FIXED_FILE

/** The ioprio bit that makes a request of that opcode a multishot; 0: there is none. */
inline uint16_t multishotIoprio(uint8_t code) {
  if (code == opcode::kRecv || code == opcode::kRecvmsg) return kRecvMultishot;
  return code == opcode::kAccept ? kAcceptMultishot : 0;
}

inline bool isMultishot(const SqeView& sqe) {
  if (sqe.opcode == opcode::kReadMultishot) return true;
  if (sqe.opcode == opcode::kPollAdd) return (sqe.length & kPollAddMulti) != 0;
  return (sqe.ioprio & multishotIoprio(sqe.opcode)) != 0;
}

/** What a request that is older than the trace is looked for in the SQE memory. */
inline bool isAdoptable(const SqeView& sqe) {
  return sqe.opcode == opcode::kRecv || sqe.opcode == opcode::kRecvmsg ||
         sqe.opcode == opcode::kReadMultishot || sqe.opcode == opcode::kAccept;
}

/** What is known of a request beside its number. */
struct RequestFacts {
  uint8_t opcode = opcode::kUnknown;
  bool multishot = false;
  bool older = false;      // submitted before the trace began
  bool fixedFile = false;  // fd is the index of a registered file
  bool bundle = false;     // IORING_RECVSEND_BUNDLE
  bool gaveData = false;   // older, and a CQE of it had F_BUFFER or F_MORE
  uint16_t bgid = kBgidNotTold;
  int32_t fd = -1;  // -1: not told
};

inline RequestFacts factsOf(const SqeView& sqe) {
  RequestFacts facts;
  facts.opcode = sqe.opcode;
  facts.multishot = isMultishot(sqe);
  facts.fixedFile = (sqe.flags & kFixedFile) != 0;
  facts.fd = sqe.fd;
  if (multishotIoprio(sqe.opcode) == kRecvMultishot) facts.bundle = (sqe.ioprio & kRecvBundle) != 0;
  if (sqe.selectsBuffer()) facts.bgid = sqe.bufGroup;
  return facts;
}

/** The request that an event belongs to. */
struct RequestMatch {
  uint32_t number = 0;  // 0: none
  RequestFacts facts;
  bool ambiguous = false;      // several live requests shared the user_data, and nothing told them apart
  bool adopted = false;        // the event is the first that shows it: its submission was not traced
  uint32_t live = UINT32_MAX;  // for RequestTracker::describe; UINT32_MAX: it is over, or none

  /** The request word of shared/schema/events.ts. */
  uint32_t word() const {
    const auto bit = [](bool on, RequestFlag flag) { return on ? static_cast<uint32_t>(flag) : 0u; };
    const uint32_t code = facts.opcode == opcode::kUnknown ? 0u : facts.opcode + 1u;
    return bit(ambiguous, RequestFlag::kAmbiguous) | bit(facts.multishot, RequestFlag::kMultishot) |
           bit(facts.older, RequestFlag::kOlder) | bit(facts.fixedFile, RequestFlag::kFixedFile) |
           code << kRequestOpcodeShift;
  }
};

}  // namespace ringlens
