#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "ring/user_data.h"
#include "workload/held_bids.h"

namespace ringlens {

/** One connection (or bound datagram socket) of the reactor. The slot is its lane and is used again after a
 * close. */
struct Connection {
  enum class State : uint8_t {
    kFree,
    kOpen,
    kClosing,  // closed as soon as nothing is in flight and what was queued is sent
  };

  static constexpr uint32_t kNoSlot = 0xffffffff;

  Fd owned;  // stream sockets; a datagram socket belongs to the Listener
  int fd = -1;
  State state = State::kFree;
  bool recvInFlight = false;
  bool sendInFlight = false;
  bool cancelInFlight = false;
  bool waiting = false;  // to be armed when a bid is available
  /** Of the recv in flight: its CQEs so far. */
  uint32_t shots = 0;
  /** A recv has ended: when, and other than with plain data. */
  bool hasEnded = false;
  bool endedAbnormally = false;
  uint64_t endedNs = 0;
  /** Of the newest submit: it followed such an end; ns since the end before, kForever = there was none. */
  bool isRearm = false;
  uint64_t gapNs = kForever;
  /** This is a second recv on the socket of that connection; kNoSlot = it is a connection of its own. */
  uint32_t firstSlot = kNoSlot;
  uint64_t epoch = 0;
  uint32_t recvRequest = 0;
  uint32_t sendRequest = 0;
  uint32_t cancelRequest = 0;
  uint32_t peerKey = 0;
  // Echo: bids to be sent, linked through HeldBids::Bid::nextSend; the first is in flight from sendOffset on.
  uint32_t sendFirst = HeldBids::kNone;
  uint32_t sendLast = HeldBids::kNone;
  uint32_t sendOffset = 0;
  // recvmsg: the kernel reads it when the SQE is submitted and, single-shot, writes the name.
  msghdr message{};
  sockaddr_in name{};

  bool isOpen() const { return state != State::kFree; }
};

/** All slots, and which of them are free. On the reactor thread. */
class ConnectionTable {
 public:
  ConnectionTable() : slots_(kMaxSlots) { free_.fill(~uint64_t{0}); }

  Connection& operator[](uint32_t slot) { return slots_[slot]; }
  /** Slots from here on have never been used. */
  uint32_t end() const { return end_; }

  /** The lowest free slot from `from` (a multiple of 64) on, or kMaxSlots when all are used. */
  uint32_t lowestFree(uint32_t from = 0) const {
    for (uint32_t word = from / 64; word < free_.size(); word++) {
      if (free_[word] != 0) return word * 64 + static_cast<uint32_t>(__builtin_ctzll(free_[word]));
    }
    return kMaxSlots;
  }
  void setUsed(uint32_t slot) {
    free_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    if (slot >= end_) end_ = slot + 1;
  }
  void setFree(uint32_t slot) { free_[slot / 64] |= uint64_t{1} << (slot % 64); }

 private:
  std::vector<Connection> slots_;
  std::array<uint64_t, kMaxSlots / 64> free_;
  uint32_t end_ = 0;
};

}  // namespace ringlens
