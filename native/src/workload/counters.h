#pragma once

#include <atomic>
#include <cstdint>

namespace ringlens {

/** A total that one thread raises and any thread reads. */
class Counter {
 public:
  void add(uint64_t n) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void subtract(uint64_t n) { add(0 - n); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/** Exact totals since the start, counted where things happen and not derived from events. */
struct Counters {
  // Raised by the load thread.
  alignas(64) Counter bytesSent;
  Counter messagesSent;
  // Raised by the reactor thread.
  alignas(64) Counter bytesReceived;
  Counter cqes;
  Counter submits;
  Counter connections;
  // Set by the load thread when it told a loss of its own; the reactor answers with a snapshot.
  alignas(64) std::atomic<bool> snapshotWanted{false};
};

}  // namespace ringlens
