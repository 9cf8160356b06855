#include "ring/ring.h"

#include <cstring>

namespace ringlens {
namespace {

constexpr unsigned kSqThreadIdleMs = 50;

}  // namespace

Failure ringSetupFailure(int errnum) {
  const int positive = errnum < 0 ? -errnum : errnum;
  switch (positive) {
    case ENOSYS:
      return systemFailure(positive, "io_uring_setup",
                           "This kernel has no io_uring; a live ring needs Linux 6.0 or newer.");
    case EPERM:
      return systemFailure(
          positive, "io_uring_setup",
          "io_uring is switched off here: check the sysctl kernel.io_uring_disabled, and in a "
          "container its seccomp profile.");
    case ENOMEM:
      return systemFailure(
          positive, "io_uring_setup",
          "There is not enough memory for this ring; ask for fewer entries or raise RLIMIT_MEMLOCK.");
    case EINVAL:
      return systemFailure(positive, "io_uring_setup",
                           "This kernel refuses this combination of setup flags and sizes.");
    default: return systemFailure(positive, "io_uring_setup", "The ring could not be set up.");
  }
}

Ring::Ring(const RingConfig& config) {
  io_uring_params p{};
  p.flags = config.setupFlags | IORING_SETUP_CQSIZE;
  p.cq_entries = config.cqEntries;
  if ((config.setupFlags & IORING_SETUP_SQPOLL) != 0) p.sq_thread_idle = kSqThreadIdleMs;
  const int ret = io_uring_queue_init_params(config.sqEntries, &ring_, &p);
  if (ret < 0) throw ringSetupFailure(ret);
  // Saves the file look-up of every enter; without it (before 5.18) everything works all the same.
  io_uring_register_ring_fd(&ring_);
}

Ring::~Ring() { io_uring_queue_exit(&ring_); }

io_uring_sqe* Ring::sqe() {
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
  if (sqe != nullptr) std::memset(sqe, 0, sizeof *sqe);
  return sqe;
}

/** What liburing's __io_uring_flush_sq does (src/queue.c): that one is not part of its interface. */
unsigned Ring::flushSq() {
  io_uring_sq& sq = ring_.sq;
  unsigned tail = *sq.ktail;
  while (sq.sqe_head != sq.sqe_tail) sq.array[tail++ & sq.ring_mask] = sq.sqe_head++ & sq.ring_mask;
  io_uring_smp_store_release(sq.ktail, tail);
  return tail - io_uring_smp_load_acquire(sq.khead);
}

int Ring::call(unsigned toSubmit, unsigned minComplete, unsigned flags, const void* arg, size_t argBytes) {
  if (ring_.enter_ring_fd != ring_.ring_fd) flags |= IORING_ENTER_REGISTERED_RING;
  void* const argument = const_cast<void*>(arg);
  return io_uring_enter2(static_cast<unsigned>(ring_.enter_ring_fd), toSubmit, minComplete, flags,
                         static_cast<sigset_t*>(argument), argBytes);
}

int Ring::enter(unsigned minComplete, uint64_t timeoutNs, bool getEvents) {
  const unsigned toSubmit = flushSq();
  unsigned flags = 0;
  bool needed = minComplete > 0 || getEvents;
  if (needed) flags |= IORING_ENTER_GETEVENTS;
  if (toSubmit > 0) {
    if ((ring_.flags & IORING_SETUP_SQPOLL) == 0) {
      needed = true;
    } else {
      // The tail must be visible before the flag is read: io_uring(7), "submission queue polling".
      io_uring_smp_mb();
      if ((sqFlags() & IORING_SQ_NEED_WAKEUP) != 0) {
        flags |= IORING_ENTER_SQ_WAKEUP;
        needed = true;
      }
    }
  }
  if (!needed) return 0;
  int ret;
  if (minComplete > 0 && timeoutNs != kForever) {
    const timespec limit = toTimespec(timeoutNs);
    const __kernel_timespec ts{limit.tv_sec, limit.tv_nsec};
    io_uring_getevents_arg arg{};
    arg.ts = reinterpret_cast<uint64_t>(&ts);
    ret = call(toSubmit, minComplete, flags | IORING_ENTER_EXT_ARG, &arg, sizeof arg);
  } else {
    ret = call(toSubmit, minComplete, flags, nullptr, _NSIG / 8);
  }
  return ret < 0 ? ret : 0;
}

void Ring::runTaskWork() { call(0, 0, IORING_ENTER_GETEVENTS, nullptr, _NSIG / 8); }

void Ring::waitForSqSpace() { call(0, 0, IORING_ENTER_SQ_WAIT, nullptr, _NSIG / 8); }

}  // namespace ringlens
