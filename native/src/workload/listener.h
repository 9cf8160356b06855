#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "trace/event_schema.generated.h"

namespace ringlens {

/** Where the load generator finds the reactor. */
struct Endpoints {
  bool open = false;
  /** Raised whenever all connections have to be made anew. */
  uint32_t generation = 0;
  bool traced = false;  // the probe is on for this ring
  Transport transport = Transport::kTcp;
  uint16_t tcpPort = 0;
  std::string unixPath;
  std::vector<uint16_t> udpPorts;  // one for each slot
};

/**
 * The sockets on which the reactor is reached: a listening socket (tcp on 127.0.0.1, unix), or one bound
 * datagram socket for each slot. Removes its unix path at the end. Throws Failure with the address in the
 * sentence.
 */
class Listener {
 public:
  /** `port` 0 = any free one; `sockets`: datagram sockets to bind. */
  Listener(Transport transport, uint16_t port, std::string unixPath, uint32_t sockets);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Transport transport() const { return transport_; }
  /** The listening socket (stream transports). */
  int fd() const { return fd_.get(); }
  uint16_t port() const { return port_; }
  /** "127.0.0.1:45123" or the unix path. */
  std::string address() const;

  uint32_t sockets() const { return static_cast<uint32_t>(udp_.size()); }
  int socket(uint32_t slot) const { return udp_[slot].get(); }
  /** Binds or closes datagram sockets until there are so many. */
  void setSockets(uint32_t sockets);
  /** Throws away what datagram sockets have received. */
  void drain();

  Endpoints endpoints(uint32_t generation) const;

 private:
  void listenTcp(uint16_t port);
  void listenUnix();
  void bindUdp(uint16_t port);

  const Transport transport_;
  std::string unixPath_;
  bool ownsPath_ = false;
  Fd fd_;
  uint16_t port_ = 0;
  std::vector<Fd> udp_;
  std::vector<uint16_t> udpPorts_;
};

}  // namespace ringlens
