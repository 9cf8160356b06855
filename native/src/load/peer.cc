#include "load/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringlens {
namespace {

constexpr unsigned kDatagramsPerCall = 64;

int connectInet(int fd, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int connectUnix(int fd, const std::string& path) {
  // A name of its own, given by the kernel, so that the reactor can tell the peers apart: unix(7),
  // "Autobind".
  const sa_family_t family = AF_UNIX;
  sockaddr_storage own{};
  std::memcpy(&own, &family, sizeof family);
  ::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof family);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof address.sun_path - 1));
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Peer::Peer(const Endpoints& endpoints, uint32_t index) : transport_(endpoints.transport) {
  const int family = transport_ == Transport::kUnix ? AF_UNIX : AF_INET;
  const int type = transport_ == Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  fd_ = Fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int ret = -1;
  if (fd_) {
    switch (transport_) {
      case Transport::kUdp:
        udpPort_ = endpoints.udpPorts[index];
        slot_ = static_cast<int>(index);
        ret = connectInet(fd_.get(), udpPort_);
        break;
      case Transport::kTcp: {
        const int on = 1;
        ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ret = connectInet(fd_.get(), endpoints.tcpPort);
        break;
      }
      case Transport::kUnix: ret = connectUnix(fd_.get(), endpoints.unixPath); break;
    }
  }
  if (ret == 0) {
    state_ = State::kOpen;
  } else if (errno != EINPROGRESS) {
    state_ = State::kDead;
    return;
  }
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &length) == 0)
    key_ = PeerDirectory::keyOf(own, length);
}

int Peer::slot(const PeerDirectory& directory) {
  if (slot_ == PeerDirectory::kUnknown) slot_ = directory.slotOf(key_);
  return slot_;
}

void Peer::finishConnect() {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  state_ = error == 0 ? State::kOpen : State::kDead;
}

uint64_t Peer::queuedBytes() const {
  uint64_t bytes = 0;
  for (size_t i = next_; i < sizes_.size(); i++) bytes += sizes_[i];
  return bytes - offset_;
}

void Peer::clearSent() {
  sizes_.clear();
  next_ = 0;
}

long Peer::sendSome(const uint8_t* payload, uint32_t payloadBytes) {
  for (;;) {
    long n;
    if (transport_ == Transport::kUdp) {
      n = sendDatagrams(payload);
    } else {
      const size_t bytes = static_cast<size_t>(std::min<uint64_t>(queuedBytes(), payloadBytes));
      n = ::send(fd_.get(), payload, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (n >= 0) return n;
    // A refused datagram reports the one before: this one was not sent yet (ip(7)).
    if (errno == EINTR || (errno == ECONNREFUSED && transport_ == Transport::kUdp)) continue;
    if (errno == EWOULDBLOCK || errno == ENOBUFS) return -EAGAIN;
    return -errno;
  }
}

/** Each message is a datagram; as many as the kernel takes in one call. Returns their bytes. */
long Peer::sendDatagrams(const uint8_t* payload) {
  mmsghdr messages[kDatagramsPerCall];
  iovec vectors[kDatagramsPerCall];
  const unsigned n = static_cast<unsigned>(std::min<size_t>(sizes_.size() - next_, kDatagramsPerCall));
  for (unsigned i = 0; i < n; i++) {
    vectors[i] = iovec{const_cast<uint8_t*>(payload), sizes_[next_ + i]};
    messages[i] = mmsghdr{};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = ::sendmmsg(fd_.get(), messages, n, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return -1;
  long bytes = 0;
  for (int i = 0; i < sent; i++) bytes += static_cast<long>(vectors[i].iov_len);
  return bytes;
}

bool Peer::discard(uint8_t* scratch, uint32_t scratchBytes) {
  for (;;) {
    const ssize_t n = ::recv(fd_.get(), scratch, scratchBytes, MSG_DONTWAIT);
    if (n > 0) continue;
    if (n == 0) return transport_ == Transport::kUdp;
    if (errno == EINTR) continue;
    return errno == EAGAIN || transport_ == Transport::kUdp;
  }
}

void Peer::shutDown() {
  if (state_ == State::kOpen && transport_ != Transport::kUdp && ::shutdown(fd_.get(), SHUT_WR) == 0) {
    state_ = State::kShutDown;
  } else {
    state_ = State::kDead;
  }
}

void Peer::reset() {
  const linger none{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  fd_.reset();
  state_ = State::kDead;
}

}  // namespace ringlens
