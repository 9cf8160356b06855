#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tracer/file_mapping.h"
#include "tracer/sqe_view.h"

namespace ringlens {

/** Heads, tails and counters in the ring's shared memory. */
struct RingCounters {
  uint32_t sqHead = 0, sqTail = 0, cqHead = 0, cqTail = 0;
  uint32_t sqEntries = 0, cqEntries = 0;
  uint32_t sqDropped = 0, sqFlags = 0, cqOverflow = 0;
};

/** A duplicate of another process's fd (pidfd_getfd(2): needs ptrace access to it). Throws Failure. */
Fd duplicateFd(int32_t pid, int32_t fd);
uint64_t inodeOf(const Fd& fd);

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
  /** The SQE with that user_data and opcode that was written last, as far as the memory still has it; its fd
   * is -1 where others like it have another one. */
  std::optional<SqeView> findSqe(uint64_t userData, uint8_t opcode) const;
  /** What the memory still has of SQEs that `wanted` says yes to, the one that was written last first. */
  std::vector<SqeView> listSqes(bool (*wanted)(const SqeView&)) const;

 private:
  RingMap() = default;
  /** Visits them from the one that was written last, until `visit` says false. */
  template <typename F>
  void eachSqe(F visit) const;
  SqeView sqeAt(uint32_t index) const;

  FileMapping rings_;
  FileMapping sqes_;
  uint64_t inode_ = 0;
  uint32_t sqEntries_ = 0;
  size_t sqeBytes_ = 64;
};

}  // namespace ringlens
