#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "workload/listener.h"
#include "workload/peer_directory.h"

namespace ringlens {

/** The sender's end of one connection, nonblocking. Used on the load thread only. */
class Peer {
 public:
  enum class State : uint8_t { kConnecting, kOpen, kShutDown, kDead };
  enum class Flush : uint8_t { kDone, kBlocked, kBroken };

  /** Begins to connect to slot `index` (udp) or to the listener. Throws nothing: a failure is State::kDead.
   */
  Peer(const Endpoints& endpoints, uint32_t index);

  int fd() const { return fd_.get(); }
  State state() const { return state_; }
  uint16_t udpPort() const { return udpPort_; }
  void setDead() { state_ = State::kDead; }

  /** Slot that the reactor gave it; PeerDirectory::kUnknown until then. */
  int slot(const PeerDirectory& directory);

  /** A socket event after kConnecting: connected, or dead. */
  void finishConnect();

  /** The bytes of a message that is not sent yet; messages are sent in order. */
  void queue(uint32_t bytes) { sizes_.push_back(bytes); }
  bool hasQueued() const { return next_ < sizes_.size(); }

  /**
   * Sends what is queued. `sent(bytes)` is called for what a call took, `complete(size)` for each message
   * that is whole.
   */
  template <typename Sent, typename Complete>
  Flush flush(const uint8_t* payload, uint32_t payloadBytes, Sent sent, Complete complete);

  /** Reads and throws away what came back. False = the reactor closed its end, or the connection broke. */
  bool discard(uint8_t* scratch, uint32_t scratchBytes);

  /** No more messages: the reactor sees the end of the stream. */
  void shutDown();
  /** Closes so that the reactor's next recv ends with ECONNRESET (socket(7), SO_LINGER). */
  void reset();

 private:
  /** One system call. Returns bytes or -errno. */
  long sendSome(const uint8_t* payload, uint32_t payloadBytes);
  long sendDatagrams(const uint8_t* payload);
  void clearSent();

  Fd fd_;
  State state_ = State::kConnecting;
  Transport transport_;
  uint16_t udpPort_ = 0;
  uint32_t key_ = 0;
  int slot_ = PeerDirectory::kUnknown;
  std::vector<uint32_t> sizes_;  // messages from next_ on are not whole yet
  size_t next_ = 0;
  uint32_t offset_ = 0;  // bytes of the message next_ that are sent
  uint64_t queuedBytes() const;
};

template <typename Sent, typename Complete>
Peer::Flush Peer::flush(const uint8_t* payload, uint32_t payloadBytes, Sent sent, Complete complete) {
  while (hasQueued()) {
    long n = sendSome(payload, payloadBytes);
    if (n == -EAGAIN) return Flush::kBlocked;
    if (n < 0) return Flush::kBroken;
    sent(static_cast<uint64_t>(n));
    while (n > 0) {
      const uint32_t rest = sizes_[next_] - offset_;
      if (n < static_cast<long>(rest)) {
        offset_ += static_cast<uint32_t>(n);
        break;
      }
      n -= rest;
      complete(sizes_[next_]);
      next_++;
      offset_ = 0;
    }
  }
  clearSent();
  return Flush::kDone;
}

}  // namespace ringlens
