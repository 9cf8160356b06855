#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/error.h"
#include "ring/uapi_compat.h"

namespace ringlens {

struct RingConfig {
  unsigned sqEntries;
  unsigned cqEntries;
  unsigned setupFlags;  // IORING_SETUP_*, without CQSIZE
};

/**
 * Owns one io_uring. Everything happens on the thread that made it: SINGLE_ISSUER and DEFER_TASKRUN demand
 * it, and so does the registered ring fd. Pinned. Throws Failure when the kernel refuses the setup
 * (io_uring_setup(2)).
 */
class Ring {
 public:
  explicit Ring(const RingConfig& config);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  int fd() const { return ring_.ring_fd; }
  unsigned features() const { return ring_.features; }
  unsigned setupFlags() const { return ring_.flags; }
  unsigned sqEntries() const { return ring_.sq.ring_entries; }
  unsigned cqEntries() const { return ring_.cq.ring_entries; }

  /** A free SQE, zeroed; nullptr when the SQ is full until `enter`. */
  io_uring_sqe* sqe();

  unsigned cqReady() const { return io_uring_cq_ready(&ring_); }
  const io_uring_cqe& cqe(unsigned i) const {
    return ring_.cq.cqes[(*ring_.cq.khead + i) & ring_.cq.ring_mask];
  }
  void cqAdvance(unsigned n) { io_uring_cq_advance(&ring_, n); }

  unsigned cqHead() const { return IO_URING_READ_ONCE(*ring_.cq.khead); }
  unsigned cqTail() const { return IO_URING_READ_ONCE(*ring_.cq.ktail); }
  unsigned sqHead() const { return IO_URING_READ_ONCE(*ring_.sq.khead); }
  unsigned sqTail() const { return IO_URING_READ_ONCE(*ring_.sq.ktail); }

  unsigned sqFlags() const { return IO_URING_READ_ONCE(*ring_.sq.kflags); }
  /** CQEs wait in the kernel's own list because the CQ was full; `enter` with getEvents brings them. */
  bool cqOverflowed() const { return (sqFlags() & IORING_SQ_CQ_OVERFLOW) != 0; }

  /**
   * Hands in what was prepared. With `minComplete` > 0 it waits for so many CQEs, for at most `timeoutNs`
   * (kForever: no limit); with `getEvents` it lets the kernel run its task work and flush overflown CQEs.
   * Returns 0, or -errno of io_uring_enter(2); -ETIME, -EINTR, -EBUSY and -EAGAIN are part of normal life.
   */
  int enter(unsigned minComplete, uint64_t timeoutNs, bool getEvents);

  /** Lets the kernel run its task work, hands in nothing and waits for nothing. */
  void runTaskWork();

  /** SQPOLL: waits until the kernel thread has taken at least one SQE off a full SQ. */
  void waitForSqSpace();

 private:
  unsigned flushSq();
  int call(unsigned toSubmit, unsigned minComplete, unsigned flags, const void* arg, size_t argBytes);

  io_uring ring_{};
};

/** Failure of io_uring_setup with a sentence that says what to do. */
Failure ringSetupFailure(int errnum);

}  // namespace ringlens
