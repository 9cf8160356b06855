#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"

namespace ringlens {

/** A process that is looked at. */
struct Target {
  int32_t pid = 0;
  std::string name;  // /proc/PID/comm
  Fd pidfd;          // readable when the process has ended; holds its number against reuse
};

/**
 * Opens the process and makes sure that it can be looked at. Throws Failure, one sentence with what to do:
 * ESRCH (there is none, or it has ended), EPERM (another user's), EINVALIDPARAM (a thread's id), ENORING (a
 * thread of the kernel).
 */
Target openTarget(int32_t pid);

/** Throws ENORING where none of them has a ring. */
void requireRing(const std::vector<Target>& targets);

}  // namespace ringlens
