#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>

#include "base/event_fd.h"
#include "base/mapping.h"

namespace ringlens {

/**
 * Which slot the reactor gave to a peer: the load generator needs it for its `send` events and begins with a
 * connection when it is known. Key = port of a TCP peer, number of an autobound unix name (unix(7): five hex
 * digits), 0 = none. The reactor writes, the load thread reads.
 */
class PeerDirectory {
 public:
  static constexpr uint32_t kKeys = 1u << 20;
  static constexpr int kUnknown = -1;

  PeerDirectory() : memory_(kKeys * sizeof(std::atomic<uint16_t>)) {}

  /** Key of an address as getpeername or getsockname returned it. */
  static uint32_t keyOf(const sockaddr_storage& address, socklen_t length);

  void set(uint32_t key, uint32_t slot) {
    if (key == 0) return;
    at(key).store(static_cast<uint16_t>(slot + 1), std::memory_order_seq_cst);
    if (isAwaited_.load(std::memory_order_seq_cst)) changed_.ring();
  }
  void clear(uint32_t key) {
    if (key != 0) at(key).store(0, std::memory_order_release);
  }
  int slotOf(uint32_t key) const {
    return static_cast<int>(at(key).load(std::memory_order_seq_cst)) + kUnknown;
  }

  /** The load thread: ring `changed` at every `set` from now on. */
  void await(bool on) { isAwaited_.store(on, std::memory_order_seq_cst); }
  /** Wakes the load thread, for this and for every other reason. */
  const EventFd& changed() const { return changed_; }

 private:
  std::atomic<uint16_t>& at(uint32_t key) const {
    return memory_.as<std::atomic<uint16_t>>()[key & (kKeys - 1)];
  }

  Mapping memory_;
  std::atomic<bool> isAwaited_{false};
  EventFd changed_;
};

}  // namespace ringlens
