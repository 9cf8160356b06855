#include "workload/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/error.h"

namespace ringlens {
namespace {

constexpr int kBacklog = 4096;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

uint16_t boundPort(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

Fd makeSocket(int family, int type) {
  Fd fd(::socket(family, type | SOCK_CLOEXEC, 0));
  if (!fd) throw systemFailure(errno, "socket", "No more sockets can be opened.");
  return fd;
}

void bindInet(int fd, uint16_t port) {
  const sockaddr_in address = loopback(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  throw systemFailure(errno, "bind",
                      "The workload can't listen on 127.0.0.1:" + std::to_string(port) +
                          "; choose another port, or 0 for any free one.");
}

}  // namespace

Listener::Listener(Transport transport, uint16_t port, std::string unixPath, uint32_t sockets)
    : transport_(transport), unixPath_(std::move(unixPath)) {
  switch (transport) {
    case Transport::kTcp: listenTcp(port); break;
    case Transport::kUnix: listenUnix(); break;
    case Transport::kUdp:
      bindUdp(port);
      port_ = udpPorts_[0];
      setSockets(sockets);
      break;
  }
}

Listener::~Listener() {
  if (ownsPath_) ::unlink(unixPath_.c_str());
}

void Listener::listenTcp(uint16_t port) {
  fd_ = makeSocket(AF_INET, SOCK_STREAM);
  const int on = 1;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bindInet(fd_.get(), port);
  if (::listen(fd_.get(), kBacklog) != 0) {
    throw systemFailure(errno, "listen",
                        "The workload can't listen on 127.0.0.1:" + std::to_string(port) +
                            "; choose another port, or 0 for any free one.");
  }
  port_ = boundPort(fd_.get());
}

void Listener::listenUnix() {
  fd_ = makeSocket(AF_UNIX, SOCK_STREAM);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (unixPath_.size() >= sizeof address.sun_path) {
    throw invalidParam("options.unixPath: expected at most 107 bytes");
  }
  std::memcpy(address.sun_path, unixPath_.c_str(), unixPath_.size() + 1);
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw systemFailure(
        errno, "bind",
        "The workload can't listen on " + unixPath_ + "; choose a path that does not exist yet.");
  }
  ownsPath_ = true;
  if (::listen(fd_.get(), kBacklog) != 0) {
    const int errnum = errno;
    ::unlink(unixPath_.c_str());
    ownsPath_ = false;
    throw systemFailure(errnum, "listen", "The workload can't listen on " + unixPath_ + ".");
  }
}

void Listener::bindUdp(uint16_t port) {
  Fd fd = makeSocket(AF_INET, SOCK_DGRAM);
  bindInet(fd.get(), port);
  udpPorts_.push_back(boundPort(fd.get()));
  udp_.push_back(std::move(fd));
}

void Listener::setSockets(uint32_t sockets) {
  while (udp_.size() < sockets) bindUdp(0);
  udp_.resize(sockets);
  udpPorts_.resize(sockets);
}

void Listener::drain() {
  char byte;
  for (const Fd& fd : udp_) {
    // Bounded, since somebody may go on sending.
    for (int i = 0; i < 4096 && ::recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0; i++) {
    }
  }
}

std::string Listener::address() const {
  return transport_ == Transport::kUnix ? unixPath_ : "127.0.0.1:" + std::to_string(port_);
}

Endpoints Listener::endpoints(uint32_t generation) const {
  Endpoints e;
  e.open = true;
  e.generation = generation;
  e.transport = transport_;
  e.tcpPort = port_;
  e.unixPath = unixPath_;
  e.udpPorts = udpPorts_;
  return e;
}

}  // namespace ringlens
