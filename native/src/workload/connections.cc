/** Reactor: connections come and go. */
#include <netinet/tcp.h>

#include "workload/reactor.h"

namespace ringlens {
namespace {

constexpr uint64_t kAcceptRetryNs = 100 * kNsPerMs;

}  // namespace

void Reactor::armAccept() {
  acceptRetryNs_ = kForever;
  io_uring_sqe* const sqe = nextSqe();
  // Not SOCK_NONBLOCK: then a recv that finds no data would end with EAGAIN instead of waiting.
  io_uring_prep_multishot_accept(sqe, listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC);
  sqe->user_data = UserData::pack(OwnOp::kAccept, 0, ringId_);
  acceptRequest_ = track(*sqe);
}

void Reactor::onAccept(const io_uring_cqe& cqe) {
  const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  if (cqe.res >= 0) {
    Fd fd(cqe.res);
    const uint32_t slot = closingRing_ ? kMaxSlots : connections_.lowestFree();
    if (slot < kSecondSlots) {
      connections_[slot].owned = std::move(fd);
      openConnection(slot, connections_[slot].owned.get(), Connection::kNoSlot);
    } else if (!closingRing_) {
      note(Kind::kError, cqe.user_data, -EMFILE, 0, IORING_OP_ACCEPT, 0);
    }
    if (!more && !closingRing_) armAccept();
    return;
  }
  if (closingRing_) return;
  note(Kind::kError, cqe.user_data, cqe.res, 0, IORING_OP_ACCEPT, 0);
  if (!more) acceptRetryNs_ = now_ + kAcceptRetryNs;
}

/** `firstSlot`: it is a second recv on that connection's socket; kNoSlot = it is a connection. */
void Reactor::openConnection(uint32_t slot, int fd, uint32_t firstSlot) {
  Connection& c = connections_[slot];
  connections_.setUsed(slot);
  c.fd = fd;
  c.state = Connection::State::kOpen;
  c.peerKey = 0;
  c.hasEnded = false;
  c.firstSlot = firstSlot;
  if (firstSlot != Connection::kNoSlot) {
    counters_.connections.add(1);
    note(Kind::kConnect, recvUserData(slot), fd, firstSlot + 1, slot,
         static_cast<uint32_t>(params_.transport));
    return;
  }
  if (params_.transport == Transport::kTcp) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  counters_.connections.add(1);
  note(Kind::kConnect, recvUserData(slot), fd, 0, slot, static_cast<uint32_t>(params_.transport));
  armRecv(slot);
  if (params_.transport != Transport::kUdp) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0) {
      c.peerKey = PeerDirectory::keyOf(peer, length);
    }
    context_.peers->set(c.peerKey, slot);
  }
}

/** Closes now, or when the last CQE of what is in flight has been reaped and what was queued is sent. */
void Reactor::closeWhenDone(uint32_t slot) {
  Connection& c = connections_[slot];
  c.state = Connection::State::kClosing;
  c.waiting = false;
  if (c.recvInFlight || c.sendInFlight || c.cancelInFlight || c.sendFirst != HeldBids::kNone) return;
  closeConnection(slot);
}

void Reactor::cancelRecv(uint32_t slot) {
  Connection& c = connections_[slot];
  if (!c.recvInFlight || c.cancelInFlight) return;
  io_uring_sqe* const sqe = nextSqe();
  io_uring_prep_cancel64(sqe, recvUserData(slot), 0);
  sqe->user_data = UserData::pack(OwnOp::kCancel, slot, c.epoch);
  c.cancelRequest = track(*sqe);
  c.cancelInFlight = true;
}

/** The application wants to close: a recv in flight is cancelled first, since it holds the socket open. */
void Reactor::requestClose(uint32_t slot) {
  cancelRecv(slot);
  closeWhenDone(slot);
}

void Reactor::onCancel(const UserData& id) {
  if (id.epoch >= kRingWideEpoch) {
    cancelAllInFlight_ = false;
    return;
  }
  connections_[id.slot].cancelInFlight = false;
  if (connections_[id.slot].state == Connection::State::kClosing && !closingRing_) closeWhenDone(id.slot);
}

void Reactor::closeConnection(uint32_t slot) {
  Connection& c = connections_[slot];
  // A second recv on its socket would hold that open.
  if (c.firstSlot == Connection::kNoSlot && !closingRing_) {
    for (uint32_t other = kSecondSlots; other < connections_.end(); other++) {
      if (connections_[other].isOpen() && connections_[other].firstSlot == slot) requestClose(other);
    }
  }
  c.sendInFlight = false;  // only a ring that is closed gets here with one
  dropSends(slot);
  note(Kind::kClose, recvUserData(slot), c.fd, 0, slot, 0);
  context_.peers->clear(c.peerKey);
  c.owned.reset();
  c.fd = -1;
  c.state = Connection::State::kFree;
  c.recvInFlight = false;
  c.cancelInFlight = false;
  c.waiting = false;
  c.firstSlot = Connection::kNoSlot;
  c.epoch++;
  connections_.setFree(slot);
  counters_.connections.subtract(1);
  if (params_.transport == Transport::kUdp && !closingRing_) settleDatagramSockets();
}

/** As many datagram sockets as `connections` says, each open; those beyond are closed from the last on. */
void Reactor::settleDatagramSockets() {
  if (isSettling_) return;
  isSettling_ = true;
  const uint32_t target = params_.connections;
  const uint32_t before = listener_->sockets();
  for (uint32_t slot = target; slot < listener_->sockets(); slot++) {
    if (connections_[slot].state == Connection::State::kOpen) requestClose(slot);
  }
  while (listener_->sockets() > target && !connections_[listener_->sockets() - 1].isOpen()) {
    listener_->setSockets(listener_->sockets() - 1);
  }
  if (listener_->sockets() < target) listener_->setSockets(target);
  for (uint32_t slot = 0; slot < target; slot++) {
    if (!connections_[slot].isOpen()) openConnection(slot, listener_->socket(slot), Connection::kNoSlot);
  }
  isSettling_ = false;
  if (listener_->sockets() != before) publishEndpoints();
}

}  // namespace ringlens
