/** Reactor: how SQEs are handed in, and their `submit` events. */
#include "workload/reactor.h"

namespace ringlens {

/** A zeroed SQE; hands in what is there when the SQ is full. */
io_uring_sqe* Reactor::nextSqe() {
  for (;;) {
    io_uring_sqe* const sqe = ring_->sqe();
    if (sqe != nullptr) return sqe;
    handIn();
  }
}

/** Counts a finished SQE and gives it its arm generation. Call it when every field is set. */
uint32_t Reactor::track(const io_uring_sqe& sqe) {
  if (++request_ == 0) request_ = 1;
  inFlight_++;
  counters_.submits.add(1);
  if (probe_.isOn() || watches_) {
    EventRecord e{};
    e.userData = sqe.user_data;
    e.res = sqe.fd;
    e.flags = sqe.msg_flags;
    e.a = sqe.opcode | static_cast<uint32_t>(sqe.flags) << 8 | static_cast<uint32_t>(sqe.ioprio) << 16;
    const bool hasGroup = (sqe.flags & IOSQE_BUFFER_SELECT) != 0 || sqe.opcode == IORING_OP_PROVIDE_BUFFERS ||
                          sqe.opcode == IORING_OP_REMOVE_BUFFERS;
    e.b = hasGroup ? sqe.buf_group : kNoGroup;
    e.request = request_;
    if (probe_.isOn()) pendingSubmits_.push_back(e);
    if (watches_) watchSubmit(e);
  }
  return request_;
}

/** The SQ is full in the middle of a turn: the events carry the stamp of the turn's half. */
void Reactor::handIn() {
  writeSubmits();
  const int ret = ring_->enter(0, kForever, false);
  if (ret < 0 && ret != -EAGAIN && ret != -EBUSY && ret != -EINTR) {
    throw systemFailure(ret, "io_uring_enter", "The ring took no more requests.");
  }
  if (params_.sqpoll) ring_->waitForSqSpace();
}

void Reactor::writeSubmits() {
  for (const EventRecord& e : pendingSubmits_) {
    probe_.write(Kind::kSubmit, e.userData, e.res, e.flags, e.a, e.b, e.request);
  }
  pendingSubmits_.clear();
}

/** Arm generation of the request that a CQE belongs to. */
uint32_t Reactor::requestOf(const UserData& id) const {
  switch (id.op) {
    case OwnOp::kRecv: return connections_[id.slot].recvRequest;
    case OwnOp::kSend: return connections_[id.slot].sendRequest;
    case OwnOp::kCancel:
      return id.epoch < kRingWideEpoch ? connections_[id.slot].cancelRequest : cancelAllRequest_;
    case OwnOp::kAccept: return acceptRequest_;
    case OwnOp::kProvide: return provideRequests_[id.slot];
    case OwnOp::kWakeup: return wakeupRequest_;
    case OwnOp::kRemove: return removeRequest_;
    case OwnOp::kNop: return nopRequest_;
    default: return 0;
  }
}

}  // namespace ringlens
