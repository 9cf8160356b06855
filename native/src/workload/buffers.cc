/** Reactor: the application's side of a buffer's life: held, echoed, given back. */
#include "ring/uapi_compat.h"
#include "workload/reactor.h"

namespace ringlens {

/** The CQE consumed this bid: the application holds it for its time, and until its echo is sent. */
void Reactor::keep(uint32_t bid, const io_uring_cqe& cqe, uint32_t bytes, uint32_t slot, bool hasPayload) {
  // Given back twice: the kernel has filled what the application still holds. It is one buffer, held once.
  if ((*held_)[bid].held) return;
  held_->hold(bid, cqe.user_data, bytes, now_);
  if (hasPayload && !closingRing_) {
    if (params_.hold > 0) held_->startTimer(bid, now_, params_.hold * kNsPerUs);
    if (params_.app == App::kEcho && connections_[slot].state == Connection::State::kOpen)
      queueSend(slot, bid);
  }
  if ((*held_)[bid].users == 0) returned_.push_back(bid);
}

void Reactor::endUse(uint32_t bid, uint8_t user) {
  HeldBids::Bid& b = (*held_)[bid];
  b.users &= static_cast<uint8_t>(~user);
  if (b.users == 0) returned_.push_back(bid);
}

/** Gives back what the turn has set free, with one store of the tail or one SQE for each run of bids. */
void Reactor::replenish() {
  if (returned_.empty()) return;
  const int32_t size = static_cast<int32_t>(group_->bufferSize());
  size_t done = 0;
  while (done < returned_.size() && !isStopping()) {
    const uint32_t bid = returned_[done++];
    const HeldBids::Bid& held = (*held_)[bid];
    if (!held.held) continue;  // it was given back by hand meanwhile
    held_->release(bid);
    if (toRemove_ > 0 && params_.bufferKind == BufferKind::kRing) {
      toRemove_--;
      removeBid(bid);
      continue;
    }
    // Given back twice before: now it is in the group once more than there are of it.
    if (group_->isAvailable(bid)) {
      giveAgain(bid);
    } else {
      group_->give(bid);
      probe_.write(Kind::kReplenish, held.userData, size, 0, bid, group_->bgid());
    }
    if (watches_) watchReplenish(bid, held);
  }
  returned_.erase(returned_.begin(), returned_.begin() + static_cast<std::ptrdiff_t>(done));
  group_->flush();
  provideRuns();
}

void Reactor::provideRuns() {
  BidRun run;
  while (group_->nextRun(&run)) {
    const uint32_t id = nextProvideId_++ % kProvideIds;
    io_uring_sqe* const sqe = nextSqe();
    io_uring_prep_provide_buffers(sqe, group_->address(run.first), static_cast<int>(group_->bufferSize()),
                                  static_cast<int>(run.count), group_->bgid(), static_cast<int>(run.first));
    sqe->user_data = UserData::pack(OwnOp::kProvide, id, ringId_);
    provideRequests_[id] = track(*sqe);
  }
}

void Reactor::onProvide(const io_uring_cqe& cqe) {
  if (cqe.res < 0 && !closingRing_) {
    note(Kind::kError, cqe.user_data, cqe.res, 0, IORING_OP_PROVIDE_BUFFERS, 0);
  }
}

void Reactor::queueSend(uint32_t slot, uint32_t bid) {
  Connection& c = connections_[slot];
  HeldBids::Bid& b = (*held_)[bid];
  b.users |= HeldBids::kBySend;
  b.nextSend = HeldBids::kNone;
  if (c.sendFirst == HeldBids::kNone) {
    c.sendFirst = bid;
  } else {
    (*held_)[c.sendLast].nextSend = bid;
  }
  c.sendLast = bid;
  if (!c.sendInFlight) armSend(slot);
}

/** One send in flight for a connection: what is behind it waits, so the bytes keep their order. */
void Reactor::armSend(uint32_t slot) {
  Connection& c = connections_[slot];
  const uint32_t bytes = (*held_)[c.sendFirst].bytes - c.sendOffset;
  io_uring_sqe* const sqe = nextSqe();
  io_uring_prep_send(sqe, c.fd, group_->address(c.sendFirst) + c.sendOffset, bytes, MSG_NOSIGNAL);
  sqe->user_data = UserData::pack(OwnOp::kSend, slot, c.epoch);
  c.sendRequest = track(*sqe);
  c.sendInFlight = true;
}

void Reactor::onSend(const io_uring_cqe& cqe, uint32_t slot) {
  Connection& c = connections_[slot];
  c.sendInFlight = false;
  if (closingRing_) return;
  if (cqe.res <= 0) {
    dropSends(slot);
    requestClose(slot);
    return;
  }
  c.sendOffset += static_cast<uint32_t>(cqe.res);
  const uint32_t bid = c.sendFirst;
  if (c.sendOffset >= (*held_)[bid].bytes) {
    c.sendFirst = (*held_)[bid].nextSend;
    c.sendOffset = 0;
    endUse(bid, HeldBids::kBySend);
  }
  if (c.sendFirst != HeldBids::kNone) {
    armSend(slot);
  } else if (c.state == Connection::State::kClosing) {
    closeWhenDone(slot);
  }
}

/** The connection is broken: what was queued is not sent. The one in flight stays until its CQE. */
void Reactor::dropSends(uint32_t slot) {
  Connection& c = connections_[slot];
  uint32_t bid = c.sendFirst;
  if (c.sendInFlight && bid != HeldBids::kNone) {
    const uint32_t rest = (*held_)[bid].nextSend;
    (*held_)[bid].nextSend = HeldBids::kNone;
    c.sendLast = bid;
    bid = rest;
  } else {
    c.sendFirst = HeldBids::kNone;
    c.sendOffset = 0;
  }
  while (bid != HeldBids::kNone) {
    const uint32_t next = (*held_)[bid].nextSend;
    endUse(bid, HeldBids::kBySend);
    bid = next;
  }
}

}  // namespace ringlens
