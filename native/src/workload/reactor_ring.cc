/** Reactor: ring, group and listener come and go; changes of parameters; the end. */
#include <sys/ioctl.h>

#include <algorithm>

#include "ring/uapi_compat.h"
#include "workload/reactor.h"

namespace ringlens {
namespace {

constexpr uint16_t kBgid = 0;
constexpr uint64_t kCancelLimitNs = 200 * kNsPerMs;
constexpr uint64_t kCancelAgainNs = 2 * kNsPerMs;

unsigned setupFlags(const WorkloadParams& p) {
  unsigned flags = 0;
  if (p.coopTaskrun) flags |= IORING_SETUP_COOP_TASKRUN;
  if (p.singleIssuer) flags |= IORING_SETUP_SINGLE_ISSUER;
  if (p.deferTaskrun) flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (p.sqpoll) flags |= IORING_SETUP_SQPOLL;
  return flags;
}

/** The port of before is kept where it can be, so that an address someone wrote down stays right. */
std::unique_ptr<Listener> makeListener(const WorkloadParams& p, uint16_t wanted, uint16_t before,
                                       const std::string& path) {
  if (wanted == 0 && before != 0) {
    try {
      return std::make_unique<Listener>(p.transport, before, path, p.connections);
    } catch (const Failure&) {
      // Taken by now: any other will do.
    }
  }
  return std::make_unique<Listener>(p.transport, wanted, path, p.connections);
}

}  // namespace

void Reactor::openRing() {
  if (listener_ == nullptr || listener_->transport() != params_.transport) {
    listener_.reset();
    listener_ = makeListener(params_, context_.listenPort, lastPort_, context_.unixPath);
    if (listener_->port() != 0) lastPort_ = listener_->port();
  }
  ring_ = std::make_unique<Ring>(RingConfig{params_.sqEntries, params_.cqEntries, setupFlags(params_)});
  const bool legacy = params_.bufferKind == BufferKind::kLegacy;
  if (legacy) {
    group_ = std::make_unique<LegacyGroup>(kBgid, params_.buffers, params_.bufferSize);
  } else {
    group_ =
        std::make_unique<BufRing>(*ring_, kBgid, params_.buffers, params_.bufferSize, params_.incremental);
  }
  held_ = std::make_unique<HeldBids>(params_.buffers);
  request_ = 0;
  inFlight_ = 0;
  overflowSeen_ = false;
  removed_.clear();
  toRemove_ = 0;
  cancelAllInFlight_ = false;
  ringId_++;
  context_.onRing(ring_->fd(), static_cast<uint16_t>(ringId_), params_);

  probe_.setRingId(static_cast<uint16_t>(ringId_));
  probe_.setOn(params_.probe);
  probe_.begin();
  stampNow();
  describeRing();
  for (uint32_t bid = 0; bid < params_.buffers; bid++) {
    group_->give(bid);
    probe_.write(Kind::kReplenish, 0, static_cast<int32_t>(params_.bufferSize), 0, bid, kBgid);
  }
  group_->flush();
  provideRuns();
  writeSettings(nullptr);
  armWakeup();
  if (params_.transport == Transport::kUdp) {
    listener_->drain();
    settleDatagramSockets();
  } else {
    armAccept();
  }
  nextSnapshotNs_ = params_.probe ? now_ : kForever;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    address_ = listener_->address();
  }
  endpointsGeneration_++;
  publishEndpoints();
}

/** Ring and group as they are: at their set-up, and again in each snapshot. */
void Reactor::describeRing() {
  probe_.write(Kind::kRingCreate, ring_->features(), ring_->fd(), ring_->setupFlags(), ring_->sqEntries(),
               ring_->cqEntries());
  const uint32_t groupFlags =
      (params_.bufferKind == BufferKind::kLegacy ? static_cast<uint32_t>(GroupFlag::kLegacy) : 0) |
      (params_.incremental ? static_cast<uint32_t>(GroupFlag::kIncremental) : 0);
  probe_.write(Kind::kGroupRegister, 0, static_cast<int32_t>(params_.bufferSize), groupFlags, kBgid,
               params_.buffers);
}

void Reactor::publishEndpoints() {
  Endpoints endpoints = listener_->endpoints(endpointsGeneration_);
  endpoints.traced = params_.probe;
  context_.onEndpoints(endpoints);
}

/** The order is what a reader of the trace sees: requests end, connections close, the group goes, the ring
 * goes. */
void Reactor::closeRing() {
  closingRing_ = true;
  probe_.begin();
  stampNow();
  Endpoints none;
  none.generation = endpointsGeneration_;
  context_.onEndpoints(none);
  cancelEverything();
  for (uint32_t slot = 0; slot < connections_.end(); slot++) {
    if (connections_[slot].isOpen()) closeConnection(slot);
  }
  waiting_.clear();
  returned_.clear();
  acceptRetryNs_ = kForever;
  nextSnapshotNs_ = kForever;
  group_.reset();
  probe_.write(Kind::kGroupUnregister, 0, 0, 0, kBgid, 0);
  const int fd = ring_->fd();
  ring_.reset();
  probe_.write(Kind::kRingClose, 0, fd, 0, 0, 0);
  probe_.publish();
  closingRing_ = false;
}

/**
 * Cancels whatever is in flight and reaps its last CQEs, so that no socket stays open in a dying ring
 * (MULTISHOT.md, pain 10). A request that is just completing can't be cancelled: then the cancel goes again.
 */
void Reactor::cancelEverything() {
  const uint64_t limit = now_ + kCancelLimitNs;
  uint64_t nextCancel = now_;
  const uint64_t id = UserData::pack(OwnOp::kCancel, 0, kRingWideEpoch | ringId_);
  while (inFlight_ > 0 && now_ < limit) {
    if (!cancelAllInFlight_ && now_ >= nextCancel) {
      io_uring_sqe* const sqe = nextSqe();
      io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
      sqe->user_data = id;
      cancelAllRequest_ = track(*sqe);
      cancelAllInFlight_ = true;
      nextCancel = now_ + kCancelAgainNs;
    }
    writeSubmits();
    probe_.publish();
    ring_->enter(1, kCancelAgainNs, true);
    probe_.begin();
    stampNow();
    noteOverflow();
    reap();
  }
  writeSubmits();
}

void Reactor::applyConfigure(const WorkloadParams& next) {
  const WorkloadParams before = params_;
  if (needsNewRing(before, next)) {
    closeRing();
    params_ = next;
    openRing();
    return;
  }
  params_ = next;
  writeSettings(&before);
  if (params_.transport == Transport::kUdp && before.connections != params_.connections)
    settleDatagramSockets();
  if (before.rearm != params_.rearm) rearmIdle();
}

/** `setting` events: all of them, or those that differ from `before`. */
void Reactor::writeSettings(const WorkloadParams* before) {
  for (unsigned i = 0; i < kWorkloadParamCount; i++) {
    const uint32_t value = paramValue(params_, i);
    if (before == nullptr || paramValue(*before, i) != value) probe_.write(Kind::kSetting, value, 0, 0, i, 0);
  }
}

void Reactor::startFinish(uint64_t deadlineNs) {
  finishing_ = true;
  finishDeadlineNs_ = deadlineNs;
  // Nothing may hold up the end.
  course_ = Course::kRunning;
  wantedStop_.reset();
  takeBreakpoints({});
}

/** Done when every stream has ended; datagrams have no end, so there: when every socket's queue is empty. */
void Reactor::checkFinished() {
  if (now_ >= finishDeadlineNs_) {
    done_ = true;
    return;
  }
  bool open = false;
  for (uint32_t slot = 0; slot < connections_.end(); slot++) {
    Connection& c = connections_[slot];
    if (!c.isOpen()) continue;
    // Ended and never armed again: nothing will come of it any more.
    const bool receives = c.recvInFlight || c.waiting || c.sendInFlight;
    if (params_.transport == Transport::kUdp) {
      int queued = 0;
      ::ioctl(c.fd, FIONREAD, &queued);
      open = open || (queued > 0 && receives);
    } else if (receives) {
      open = true;
    } else {
      closeConnection(slot);
    }
  }
  if (!open && ring_->cqReady() == 0) done_ = true;
}

}  // namespace ringlens
