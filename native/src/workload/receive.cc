/** Reactor: recv and recvmsg, what their CQEs mean, and when they are armed again. */
#include <algorithm>
#include <cstring>

#include "ring/uapi_compat.h"
#include "workload/reactor.h"

namespace ringlens {

uint64_t Reactor::recvUserData(uint32_t slot) const {
  return UserData::pack(OwnOp::kRecv, slot, connections_[slot].epoch);
}

/** `refusal`: changes the request into one that the kernel refuses at the door. */
void Reactor::armRecv(uint32_t slot, std::optional<Refusal> refusal) {
  Connection& c = connections_[slot];
  io_uring_sqe* const sqe = nextSqe();
  if (params_.op == Op::kRecv) {
    io_uring_prep_recv(sqe, c.fd, nullptr, 0, 0);
  } else {
    // No iovec: the buffer is selected, whole. The name is wanted where there is no connection (recvmsg(2)).
    c.message = msghdr{};
    if (params_.transport == Transport::kUdp) {
      c.message.msg_namelen = sizeof c.name;
      if (params_.mode == Mode::kSingle) c.message.msg_name = &c.name;
    }
    io_uring_prep_recvmsg(sqe, c.fd, &c.message, 0);
  }
  if (params_.mode == Mode::kMultishot) sqe->ioprio |= IORING_RECV_MULTISHOT;
  if (params_.pollFirst) sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
  if (params_.bundle) sqe->ioprio |= IORING_RECVSEND_BUNDLE;
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = group_->bgid();
  if (refusal) spoil(*sqe, *refusal);
  sqe->user_data = recvUserData(slot);
  c.isRearm = c.hasEnded && c.endedAbnormally;
  c.gapNs = c.hasEnded ? now_ - c.endedNs : kForever;
  c.recvRequest = track(*sqe);
  c.recvInFlight = true;
  c.waiting = false;
  c.shots = 0;
}

/** Four ways to go: data, nothing (EOF, or an empty datagram), no buffer, an error; each with or without
 * F_MORE. */
void Reactor::onRecv(const io_uring_cqe& cqe, uint32_t slot) {
  const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  Connection& c = connections_[slot];
  c.shots++;
  if (!more) {
    c.recvInFlight = false;
    c.hasEnded = true;
    c.endedNs = now_;
    c.endedAbnormally = cqe.res <= 0 || (params_.mode == Mode::kMultishot && overflowSeen_);
  }
  if (cqe.res > 0) {
    onData(cqe, slot, more);
  } else if (cqe.res == 0) {
    onZero(cqe, slot);
  } else if (cqe.res == -ENOBUFS) {
    rearm(slot, Ended::kEnobufs);
  } else {
    takeBuffers(cqe, [&](uint32_t bid, uint32_t bytes) { keep(bid, cqe, bytes, slot, false); });
    onRecvError(cqe.res, slot);
  }
}

void Reactor::onData(const io_uring_cqe& cqe, uint32_t slot, bool more) {
  const uint32_t payload = payloadBytes(cqe);
  counters_.bytesReceived.add(payload);
  takeBuffers(cqe, [&](uint32_t bid, uint32_t bytes) { keep(bid, cqe, bytes, slot, payload > 0); });
  if (more) return;
  // recvmsg tells the end of a stream by headers without payload (MULTISHOT-CASES.md, h).
  if (payload == 0 && params_.transport != Transport::kUdp) {
    rearm(slot, Ended::kEof);
  } else {
    rearm(slot, Ended::kData);
  }
}

void Reactor::onZero(const io_uring_cqe& cqe, uint32_t slot) {
  takeBuffers(cqe, [&](uint32_t bid, uint32_t bytes) { keep(bid, cqe, bytes, slot, false); });
  if ((cqe.flags & IORING_CQE_F_MORE) != 0) return;
  // An empty datagram ends the request like an end of stream, but more can come (MULTISHOT-CASES.md, h).
  rearm(slot, params_.transport == Transport::kUdp ? Ended::kData : Ended::kEof);
}

void Reactor::onRecvError(int res, uint32_t slot) {
  const bool isClosing = closingRing_ || connections_[slot].state == Connection::State::kClosing;
  // Old kernels end a multishot with ECANCELED when the CQ overflows: that is no reason to close.
  rearm(slot, res == -ECANCELED && !isClosing ? Ended::kData : Ended::kError);
}

/** A recv request has ended. */
void Reactor::rearm(uint32_t slot, Ended cause) {
  if (closingRing_) return;
  Connection& c = connections_[slot];
  // Submitted by hand: it is over when it is over, and its descriptor with it.
  if (c.firstSlot != Connection::kNoSlot) {
    closeWhenDone(slot);
    return;
  }
  if (cause == Ended::kError) dropSends(slot);
  if (cause == Ended::kError || cause == Ended::kEof || c.state == Connection::State::kClosing) {
    closeWhenDone(slot);
    return;
  }
  switch (params_.rearm) {
    case Rearm::kNow: armRecv(slot); break;
    case Rearm::kWhenFree:
      if (group_->available().size() > 0) {
        armRecv(slot);
      } else {
        c.waiting = true;
        waiting_.push_back(slot);
      }
      break;
    case Rearm::kNever:
      // Single-shot recv is submitted for every completion: its data is no termination to speak of.
      if (params_.mode == Mode::kSingle && cause == Ended::kData) armRecv(slot);
      break;
  }
}

/** The policy changed: connections whose request ended under the old one. */
void Reactor::rearmIdle() {
  waiting_.clear();
  for (uint32_t slot = 0; slot < connections_.end(); slot++) {
    Connection& c = connections_[slot];
    c.waiting = false;
    if (c.state == Connection::State::kOpen && !c.recvInFlight) rearm(slot, Ended::kEnobufs);
  }
}

/** All that wait are armed, not one for each bid: one without data would keep a bid from one that has some.
 */
void Reactor::rearmWaiting() {
  if (waiting_.empty() || group_->available().size() == 0) return;
  for (const uint32_t slot : waiting_) {
    if (connections_[slot].waiting) armRecv(slot);
  }
  waiting_.clear();
}

uint32_t Reactor::payloadBytes(const io_uring_cqe& cqe) const {
  if (params_.op == Op::kRecv || params_.mode == Mode::kSingle || (cqe.flags & IORING_CQE_F_BUFFER) == 0) {
    return static_cast<uint32_t>(cqe.res);
  }
  io_uring_recvmsg_out out{};
  if (static_cast<uint32_t>(cqe.res) < sizeof out) return 0;
  std::memcpy(&out, group_->address(cqe.flags >> kCqeBufferShift), sizeof out);
  // payloadlen is what was copied, not what the datagram had (MULTISHOT-CASES.md, h).
  return out.payloadlen;
}

/**
 * Calls `taken(bid, bytes in it)` for every buffer that this CQE consumed.
 *
 *     plain         the bid of the CQE
 *     bundle        that bid and those behind it in ring order, as far as the bytes go
 *     incremental   bytes fill the bid's rest; F_BUF_MORE says that it stays available
 */
template <typename F>
void Reactor::takeBuffers(const io_uring_cqe& cqe, F taken) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) == 0) return;
  const bool partlyUsed = (cqe.flags & IORING_CQE_F_BUF_MORE) != 0;
  const uint32_t size = group_->bufferSize();
  uint32_t bid = cqe.flags >> kCqeBufferShift;
  uint32_t left = cqe.res > 0 ? static_cast<uint32_t>(cqe.res) : 0;
  for (;;) {
    if (!group_->isAvailable(bid)) {
      note(Kind::kError, cqe.user_data, -EBADSLT, 0, IORING_OP_RECV, 0);
      return;
    }
    const uint32_t used = group_->usedBytes(bid);
    const uint32_t bytes = std::min(left, size - used);
    left -= bytes;
    if (params_.incremental) group_->addUsedBytes(bid, bytes);
    if (left == 0 && partlyUsed) return;
    const BidList& available = group_->available();
    const uint32_t next = available.next(available.first(bid));
    group_->take(bid);
    taken(bid, used + bytes);
    if (left == 0 || !params_.bundle || next == BidList::kEnd) return;
    bid = available.bidOf(next);
  }
}

}  // namespace ringlens
