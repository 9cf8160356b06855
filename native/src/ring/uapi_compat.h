#pragma once

/**
 * Constants of include/uapi/linux/io_uring.h (Linux 6.18) that the headers of Debian's liburing 2.3 lack.
 * Each is also what a newer header says; whether the running kernel knows it is asked at run time
 * (features.h).
 */

#include <liburing.h>

#ifndef IORING_RECVSEND_BUNDLE
#define IORING_RECVSEND_BUNDLE (1U << 4)  // 6.10
#endif
#ifndef IORING_CQE_F_BUF_MORE
#define IORING_CQE_F_BUF_MORE (1U << 4)  // 6.12
#endif

namespace ringlens {

inline constexpr unsigned kPbufRingInc = 2;                // IOU_PBUF_RING_INC, 6.12
inline constexpr unsigned kFeatRecvSendBundle = 1u << 14;  // IORING_FEAT_RECVSEND_BUNDLE, 6.10
inline constexpr unsigned kRegisterPbufRing = 22;          // IORING_REGISTER_PBUF_RING, 5.19
inline constexpr unsigned kUnregisterPbufRing = 23;        // IORING_UNREGISTER_PBUF_RING
inline constexpr unsigned kCqeBufferShift = 16;            // IORING_CQE_BUFFER_SHIFT

/** struct io_uring_buf_reg with the flags word that 2.3 calls `pad`. */
struct BufReg {
  uint64_t ringAddr;
  uint32_t ringEntries;
  uint16_t bgid;
  uint16_t flags;
  uint64_t resv[3];
};
static_assert(sizeof(BufReg) == sizeof(io_uring_buf_reg));

}  // namespace ringlens
