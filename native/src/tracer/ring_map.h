#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tracer/file_mapping.h"

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

/** Heads, tails and counters in the ring's shared memory. */
struct RingCounters {
  uint32_t sqHead = 0, sqTail = 0, cqHead = 0, cqTail = 0;
  uint32_t sqEntries = 0, cqEntries = 0;
  uint32_t sqDropped = 0, sqFlags = 0, cqOverflow = 0;
};

/** A duplicate of another process's fd (pidfd_getfd(2): needs ptrace access to it). Throws Failure. */
Fd duplicateFd(int32_t pid, int32_t fd);

/**
 * Read-only view into the memory of another process's ring. Works on SINGLE_ISSUER and DEFER_TASKRUN rings
 * too and runs nothing of the target (MULTISHOT.md, 2.2).
 *
 * Keep it for moments only: while it exists the ring lives on, even when its process has closed it, and so
 * would the requests that closing cancels.
 */
class RingMap {
 public:
  /** Throws Failure: process gone, no permission, no ring, ring without a mapping (IORING_SETUP_NO_MMAP). */
  static RingMap open(int32_t pid, int32_t fd, uint32_t setupFlags = 0);

  /** Tells rings apart where fd numbers are used again: each has its own inode. */
  uint64_t inode() const { return inode_; }
  RingCounters counters() const;
  /** The SQE with that user_data and opcode that was written last, as far as the memory still has it. */
  std::optional<SqeView> findSqe(uint64_t userData, uint8_t opcode) const;

 private:
  RingMap() = default;
  SqeView sqeAt(uint32_t index) const;

  FileMapping rings_;
  FileMapping sqes_;
  uint64_t inode_ = 0;
  uint32_t sqEntries_ = 0;
  size_t sqeBytes_ = 64;
};

}  // namespace ringlens
