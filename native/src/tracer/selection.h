#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "trace/event_schema.generated.h"

namespace ringlens {

/** A ring as the tracer's dictionary has it. `ctx` is a kernel pointer: it stays inside the native part. */
struct RingInfo {
  uint16_t id = 0;  // EventRecord.ring
  uint64_t ctx = 0;
  int32_t pid = 0;  // 0: not known
  int32_t fd = -1;
  uint32_t setupFlags = 0;  // IORING_SETUP_*; with `created` only
  uint32_t sqEntries = 0;
  uint32_t cqEntries = 0;
  bool created = false;         // its io_uring_create was traced, so every request of it is known
  std::vector<uint16_t> bgids;  // of the buffer groups that its traced requests select from
};

/** A thread as the tracer's dictionary has it: whoever submits, completes, waits or wakes (also the sender's
 * side). */
struct ThreadInfo {
  uint16_t id = 0;  // EventRecord.thread
  int32_t tid = 0;
  int32_t pid = 0;  // 0: it had ended before it could be looked up
  std::string name;
};

/** A ring that the host knows, from RingIdentifier. */
struct RingBinding {
  uint64_t ctx = 0;
  uint16_t id = 0;  // 0: the tracer gives the next one
  int32_t pid = 0;
  int32_t fd = -1;
  uint32_t requestsBefore = 0;  // SQEs handed in before; the next one gets this number + 1
  // From fdinfo; 0 = not told. Where they are, the binding gives a ring_create record (provenance fdinfo).
  uint32_t sqEntries = 0;
  uint32_t cqEntries = 0;
};

inline constexpr uint32_t bitOf(Kind kind) { return 1u << static_cast<unsigned>(kind); }

/** What is traced, and how. */
struct Selection {
  enum class What : uint8_t {
    kAll,
    kArms,  // submit, poll_arm, cqe_overflow, req_failed: some events for each request, however many CQEs it
            // gives
  };
  enum class Scope : uint8_t {
    kRings,      // the rings of `rings` and of addRing: the kernel sorts out the others
    kProcesses,  // the rings that `pids` and their later children create, and those of `rings` and addRing
    kMachine,    // every ring
  };

  What what = What::kAll;
  Scope scope = Scope::kRings;
  std::vector<RingBinding> rings;
  std::vector<int32_t> pids;

  std::string backend;            // "" = the best permitted one
  size_t bufferBytes = 8u << 20;  // of the kernel, for each CPU: event rate x the longest stall of the reader
  uint64_t readIntervalNs = 10 * kNsPerMs;
  uint64_t holdBackNs = 5 * kNsPerMs;  // an event waits so long for an earlier one of another CPU
  uint32_t deliver = 0xffffffff;       // bitOf(Kind) of what goes into the EventRing; all of it is followed
  bool adoptRequests = true;           // requests older than the trace get a number; false: they are 0
  bool snapshots = false;   // restate each second what is in flight, so that a reader can begin there
  bool sqeDetails = false;  // submit: fd, ioprio, msg_flags and bgid from the ring's own SQE memory
  /** The REQ_F bit of a multishot in the flags of a submit (RingIdentifier::learnMultishot); 0 = not known.
   */
  uint64_t multishotBit = 0;

  std::vector<std::pair<int32_t, uint16_t>> threads;  // tid → id that the host has given already
  uint16_t firstThreadId = 16;
  uint16_t firstRingId = 1;
  /** Id of a ring whose creation was traced. Called on the tracer's thread; not set: the next one. */
  std::function<uint16_t(const RingInfo&)> idOfNewRing;
};

}  // namespace ringlens
