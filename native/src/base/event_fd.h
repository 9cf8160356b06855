#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

namespace ringlens {

/** An eventfd that wakes one thread. `ring()` may be called from any thread; it never blocks. */
class EventFd {
 public:
  EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw systemFailure(errno, "eventfd", "No more file descriptors can be opened.");
  }
  int get() const { return fd_.get(); }

  void ring() const {
    const uint64_t one = 1;
    // EAGAIN means that the counter is full, so the reader is awake anyway.
    [[maybe_unused]] const ssize_t n = ::write(fd_.get(), &one, sizeof one);
  }

  /** Waits until it was rung or `timeoutNs` has passed (kForever: no limit), then clears it. True when it was
   * rung. */
  bool wait(uint64_t timeoutNs) const {
    pollfd p{fd_.get(), POLLIN, 0};
    const timespec ts = toTimespec(timeoutNs == kForever ? 0 : timeoutNs);
    if (::ppoll(&p, 1, timeoutNs == kForever ? nullptr : &ts, nullptr) <= 0) return false;
    return drain();
  }

  bool drain() const {
    uint64_t count = 0;
    return ::read(fd_.get(), &count, sizeof count) == sizeof count;
  }

 private:
  Fd fd_;
};

}  // namespace ringlens
