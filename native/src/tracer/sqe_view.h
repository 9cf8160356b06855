#pragma once

#include <cstdint>

namespace ringlens {

/** The parts of an SQE that its tracepoints don't tell (include/uapi/linux/io_uring.h, struct io_uring_sqe).
 */
struct SqeView {
  uint8_t opcode = 0;
  uint8_t flags = 0;
  uint16_t ioprio = 0;
  int32_t fd = -1;
  uint32_t length = 0;
  uint32_t msgFlags = 0;
  uint64_t userData = 0;
  uint16_t bufGroup = 0;
  bool selectsBuffer() const { return (flags & 0x20) != 0; }  // IOSQE_BUFFER_SELECT
};

}  // namespace ringlens
