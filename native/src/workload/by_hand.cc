/** Reactor: what is done by hand, to buffers, requests and the CQ. */
#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "ring/uapi_compat.h"
#include "workload/reactor.h"

namespace ringlens {
namespace {

/** Bytes of a buffer that are shown. */
constexpr uint32_t kMostContent = 64 * 1024;
constexpr uint32_t kRefusedLength = 32;
constexpr uint16_t kUnknownIoprio = 1u << 5;

Failure notPossible(const char* code, const std::string& sentence) { return Failure(code, sentence); }

std::string named(const char* letter, uint32_t number) { return letter + std::to_string(number); }

}  // namespace

void Reactor::actNow(const ByHand& what) {
  if (finishing_) throw notPossible("ESTOPPED", "The workload is ending; start it again.");
  switch (what.action) {
    case HandAction::kGiveBack: giveBackByHand(what.target); break;
    case HandAction::kGiveBackAll:
      for (uint32_t bid = 0; bid < held_->size(); bid++) {
        if ((*held_)[bid].held && ((*held_)[bid].users & HeldBids::kBySend) == 0) giveBackByHand(bid);
      }
      break;
    case HandAction::kLeak:
      if (what.target >= held_->size() || !(*held_)[what.target].held)
        throw notPossible("ENOTHELD",
                          named("b", what.target) + " is not held: only a held buffer can be leaked.");
      (*held_)[what.target].users |= HeldBids::kByHand;
      break;
    case HandAction::kGiveTwice: giveTwice(what.target); break;
    case HandAction::kRemoveBuffers: removeBuffers(what.value); break;
    case HandAction::kAddBuffers: addBuffers(what.value); break;
    case HandAction::kCancel: {
      Connection& c = openSlot(what.target);
      if (!c.recvInFlight)
        throw notPossible("ENOTARMED", named("c", what.target) + " has no recv in flight to cancel.");
      cancelRecv(what.target);
      break;
    }
    case HandAction::kArmSecond: armSecond(what.target, std::nullopt); break;
    case HandAction::kRefuse: armSecond(what.target, static_cast<Refusal>(what.value)); break;
    case HandAction::kFillCq: fillCq(); break;
    default: throw invalidParam("act.name: the application can't do that");
  }
  probe_.write(Kind::kMark, what.target, static_cast<int32_t>(what.value), 0,
               static_cast<uint32_t>(MarkCode::kHandsOn), static_cast<uint32_t>(what.action));
  // Stopped, the buffers and requests go to the kernel now and not with the next turn.
  if (course_ == Course::kStopped) {
    replenish();
    handsIn_ = true;
  }
}

Connection& Reactor::openSlot(uint32_t slot) {
  if (slot >= connections_.end() || connections_[slot].state != Connection::State::kOpen)
    throw notPossible("ENOCONN", named("c", slot) + " is not open.");
  return connections_[slot];
}

void Reactor::giveBackByHand(uint32_t bid) {
  if (bid >= held_->size() || !(*held_)[bid].held)
    throw notPossible("ENOTHELD", named("b", bid) + " is not held: there is nothing to give back.");
  HeldBids::Bid& b = (*held_)[bid];
  if ((b.users & HeldBids::kBySend) != 0)
    throw notPossible("EBUSY", named("b", bid) + " is being sent; it is given back when its echo is out.");
  held_->cancelTimer(bid);
  b.users = 0;
  if (std::find(returned_.begin(), returned_.end(), bid) == returned_.end()) returned_.push_back(bid);
}

/** The group gets a bid that it has already. */
void Reactor::giveAgain(uint32_t bid) {
  const uint32_t lost = group_->giveAgain(bid);
  if (lost != BidList::kAbsent) {
    probe_.write(Kind::kBufferRemove, bid, 0, static_cast<uint32_t>(RemoveFlag::kOverwritten), lost,
                 group_->bgid());
    // Given back twice itself, it may be there still, or be held.
    if (!group_->isAvailable(lost) && !(*held_)[lost].held) removed_.push_back(lost);
  }
  probe_.write(Kind::kReplenish, (*held_)[bid].userData, static_cast<int32_t>(group_->bufferSize()),
               static_cast<uint32_t>(ReplenishFlag::kAgain), bid, group_->bgid());
}

void Reactor::giveTwice(uint32_t bid) {
  if (bid >= group_->buffers())
    throw notPossible("ENOBID", "The group has no " + named("b", bid) + ": it has " +
                                    std::to_string(group_->buffers()) + " buffers.");
  if ((*held_)[bid].held) {
    giveBackByHand(bid);
    replenish();
  }
  if (!group_->isAvailable(bid))
    throw notPossible("EREMOVED", named("b", bid) + " was removed from the group; add it again first.");
  giveAgain(bid);
  group_->flush();
  provideRuns();
}

void Reactor::removeBid(uint32_t bid) {
  removed_.push_back(bid);
  probe_.write(Kind::kBufferRemove, 0, 0, 0, bid, group_->bgid());
}

/** Of a ring nothing can be taken back: its next buffers stay with the application. */
void Reactor::removeBuffers(uint32_t count) {
  const uint32_t there = group_->buffers() - static_cast<uint32_t>(removed_.size());
  if (count > there)
    throw notPossible("ENOBUFFERS",
                      "The group has no more than " + std::to_string(there) + " buffers to remove.");
  if (params_.bufferKind == BufferKind::kRing) {
    toRemove_ += count;
    return;
  }
  io_uring_sqe* const sqe = nextSqe();
  io_uring_prep_remove_buffers(sqe, static_cast<int>(count), group_->bgid());
  sqe->user_data = UserData::pack(OwnOp::kRemove, 0, ringId_);
  removeRequest_ = track(*sqe);
}

/** The kernel took them from the front of its list (io_uring/kbuf.c, io_remove_buffers). */
void Reactor::onRemove(const io_uring_cqe& cqe) {
  if (closingRing_) return;
  for (int i = 0; i < cqe.res && group_->available().size() > 0; i++) {
    const uint32_t bid = group_->available().bidOf(group_->available().front());
    group_->take(bid);
    removeBid(bid);
  }
}

void Reactor::addBuffers(uint32_t count) {
  if (toRemove_ > 0) {
    const uint32_t kept = std::min(toRemove_, count);
    toRemove_ -= kept;
    count -= kept;
  }
  if (count > removed_.size())
    throw notPossible("ENOBUFFERS", "No more than " + std::to_string(removed_.size()) +
                                        " buffers are removed; a larger group needs a new ring.");
  for (; count > 0; count--) {
    const uint32_t bid = removed_.back();
    removed_.pop_back();
    group_->give(bid);
    probe_.write(Kind::kReplenish, 0, static_cast<int32_t>(group_->bufferSize()), 0, bid, group_->bgid());
  }
  group_->flush();
  provideRuns();
}

/** One more recv on the socket of a connection: through a descriptor of its own, a lane of its own. */
void Reactor::armSecond(uint32_t slot, std::optional<Refusal> refusal) {
  const Connection& first = openSlot(slot);
  if (first.firstSlot != Connection::kNoSlot)
    throw notPossible("ENOCONN", named("c", slot) + " is itself a second recv; choose the connection.");
  const uint32_t second = connections_.lowestFree(kSecondSlots);
  if (second >= kMaxSlots) throw notPossible("EMFILE", "There are no more lanes for second recvs.");
  Fd fd(::fcntl(first.fd, F_DUPFD_CLOEXEC, 0));
  if (!fd) throw systemFailure(errno, "fcntl", "No more file descriptors can be opened.");
  connections_[second].owned = std::move(fd);
  openConnection(second, connections_[second].owned.get(), slot);
  armRecv(second, refusal);
}

/** MULTISHOT-CASES.md, g. */
void Reactor::spoil(io_uring_sqe& sqe, Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoBufferSelect:
      sqe.ioprio |= IORING_RECV_MULTISHOT;
      sqe.flags &= static_cast<uint8_t>(~IOSQE_BUFFER_SELECT);
      sqe.buf_group = 0;
      break;
    case Refusal::kWaitall:
      sqe.ioprio |= IORING_RECV_MULTISHOT;
      sqe.msg_flags |= MSG_WAITALL;
      break;
    case Refusal::kIoprio: sqe.ioprio |= kUnknownIoprio; break;
    case Refusal::kLength:
      sqe.ioprio |= IORING_RECV_MULTISHOT;
      sqe.len = kRefusedLength;
      break;
    case Refusal::kBundleRecvmsg:
      sqe.opcode = IORING_OP_RECVMSG;
      sqe.ioprio |= IORING_RECVSEND_BUNDLE;
      break;
    case Refusal::kOptlen:
      sqe.ioprio &= static_cast<uint16_t>(~IORING_RECV_MULTISHOT);
      sqe.file_index = kRefusedLength;  // sqe->optlen shares its place, offset 44
      break;
    default: throw invalidParam("act.value: there is no such refused request");
  }
}

/** NOPs complete while they are submitted, so the CQ is full when this returns. */
void Reactor::fillCq() {
  if (params_.sqpoll)
    throw notPossible("EUNSUPPORTED", "With SQPOLL another thread submits: the CQ can't be filled exactly.");
  handIn();
  while (ring_->cqReady() < ring_->cqEntries()) {
    const unsigned before = ring_->cqReady();
    const unsigned n = std::min(ring_->cqEntries() - before, ring_->sqEntries());
    for (unsigned i = 0; i < n; i++) {
      io_uring_sqe* const sqe = nextSqe();
      io_uring_prep_nop(sqe);
      sqe->user_data = UserData::pack(OwnOp::kNop, 0, ringId_);
      nopRequest_ = track(*sqe);
    }
    handIn();
    if (ring_->cqReady() == before) break;
  }
  if (course_ != Course::kStopped) wantStop(StopReason::kCqFull, 0, EventRecord{});
}

BufferContent Reactor::contentOf(uint32_t bid) const {
  if (bid >= group_->buffers())
    throw notPossible("ENOBID", "The group has no " + named("b", bid) + ": it has " +
                                    std::to_string(group_->buffers()) + " buffers.");
  const HeldBids::Bid& b = (*held_)[bid];
  BufferContent content;
  content.isHeld = b.held;
  content.userData = b.held ? b.userData : 0;
  content.filled = b.held ? b.bytes : group_->usedBytes(bid);
  const uint32_t size = std::min({group_->bufferSize(), kMostContent});
  const uint8_t* const from = group_->address(bid);
  content.bytes.assign(from, from + size);
  return content;
}

}  // namespace ringlens
