#pragma once

#include <cstdint>

namespace ringlens {

// include/uapi/linux/io_uring.h (Linux 6.8), which the headers of Debian's liburing 2.3 lack; older kernels
// say EINVAL.
inline constexpr unsigned kRegisterPbufStatus = 26;  // IORING_REGISTER_PBUF_STATUS

/** struct io_uring_buf_status: the kernel fills in `head`. */
struct PbufStatus {
  uint32_t bgid = 0;
  uint32_t head = 0;
  uint32_t reserved[8] = {};
};

}  // namespace ringlens
