#pragma once

#include <time.h>

#include <cstdint>

namespace ringlens {

inline constexpr uint64_t kNsPerUs = 1000;
inline constexpr uint64_t kNsPerMs = 1000 * 1000;
inline constexpr uint64_t kNsPerSecond = 1000 * 1000 * 1000;
/** A point in time that never comes. */
inline constexpr uint64_t kForever = UINT64_MAX;

inline uint64_t clockNs(clockid_t clock) {
  timespec ts;
  ::clock_gettime(clock, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(ts.tv_nsec);
}

/** CLOCK_MONOTONIC in nanoseconds: the one clock of every event. About 25 ns a call, so one call for a reap
 * batch. */
inline uint64_t monotonicNs() { return clockNs(CLOCK_MONOTONIC); }

inline timespec toTimespec(uint64_t ns) {
  timespec ts;
  ts.tv_sec = static_cast<time_t>(ns / kNsPerSecond);
  ts.tv_nsec = static_cast<long>(ns % kNsPerSecond);
  return ts;
}

}  // namespace ringlens
