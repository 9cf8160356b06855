#pragma once

#include <cstdint>

namespace ringlens {

/** What is read from the kernel; the order is that of the table in event_layouts.cc. */
enum class EventType : uint8_t {
  kSubmit,
  kFileGet,
  kPollArm,
  kTaskAdd,
  kComplete,
  kCqeOverflow,
  kTaskWorkRun,
  kLocalWorkRun,
  kCqringWait,
  kReqFailed,
  kCreate,
  kRegister,
  kFork,
  kLoss,      // not a tracepoint: the kernel lost `userData` events between `ctx` (ns) and tNs
  kBindRing,  // not a tracepoint: from tNs on, `ctx` is the ring that the host has named (Tracer::addRing)
};
inline constexpr unsigned kTracepoints = static_cast<unsigned>(EventType::kLoss);

inline constexpr uint32_t bitOf(EventType type) { return 1u << static_cast<unsigned>(type); }

/**
 * One decoded tracepoint hit. It holds kernel pointers and pids, so it never leaves src/tracer. The fields a,
 * b, res and flags mean what shared/schema/events.ts says of the kind that it becomes; submit.flags are the
 * kernel's REQ_F bits, fork.a is the child's tid.
 */
struct KernelEvent {
  uint64_t tNs = 0;
  uint64_t ctx = 0;
  uint64_t req = 0;  // task_work_run: the task context
  uint64_t userData = 0;
  uint64_t flags = 0;
  int32_t res = 0;
  uint32_t a = 0;
  uint32_t b = 0;
  int32_t tid = 0;  // the running thread: for a wake that is the sender
  uint16_t cpu = 0;
  EventType type = EventType::kLoss;
};

}  // namespace ringlens
