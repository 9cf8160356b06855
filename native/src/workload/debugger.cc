/** Reactor: stops, steps, breakpoints and slow motion. */
#include <algorithm>
#include <chrono>

#include "ring/uapi_compat.h"
#include "workload/reactor.h"

namespace ringlens {
namespace {

/** How often the CQ is looked at while the reactor is stopped. */
constexpr uint64_t kStoppedLookNs = 20 * kNsPerMs;
/** Between two looks at the hits. */
constexpr uint64_t kShareNs = 100 * kNsPerMs;
constexpr uint64_t kLongestSleepNs = 3600 * kNsPerSecond;

// Values of the field `cause` that are no errno (shared/filter/getters.ts, CauseCode).
constexpr double kCauseEof = 0;
constexpr double kCauseOverflow = -1;
constexpr double kCauseData = -2;
/** A stream's end as recvmsg tells it: a header and no payload. */
constexpr int32_t kBareHeader = sizeof(io_uring_recvmsg_out);

bool isRecv(uint8_t opcode) { return opcode == IORING_OP_RECV || opcode == IORING_OP_RECVMSG; }

}  // namespace

// Any thread.

void Reactor::pause() { postAndWait(Command{Command::Type::kPause}); }
void Reactor::resume() { postAndWait(Command{Command::Type::kResume}); }

void Reactor::step(StepUnit unit) {
  Command command{Command::Type::kStep};
  command.unit = unit;
  postAndWait(std::move(command));
}

void Reactor::setBreakpoints(std::vector<Breakpoint> breakpoints) {
  Command command{Command::Type::kBreakpoints};
  command.breakpoints = std::move(breakpoints);
  postAndWait(std::move(command));
}

void Reactor::act(const ByHand& what) {
  Command command{Command::Type::kAct};
  command.byHand = what;
  postAndWait(std::move(command));
}

BufferContent Reactor::look(uint32_t bid) {
  BufferContent content;
  Command command{Command::Type::kLook};
  command.byHand.target = bid;
  command.content = &content;
  postAndWait(std::move(command));
  return content;
}

DebugState Reactor::debugState() const {
  std::lock_guard<std::mutex> lock(mutex_);
  DebugState state = debugState_;
  state.cqes = counters_.cqes.get();
  return state;
}

// The reactor thread.

bool Reactor::needsCare() const {
  return !closingRing_ && (watches_ || course_ == Course::kStepping || params_.reapRate > 0);
}

/**
 * Takes CQEs off the CQ one by one, so that what is behind a stop stays in it. Their stamp is one, as in a
 * batch: it is later than the kernel's of each of them, since they were all there when it was read.
 */
void Reactor::reapCarefully(unsigned ready) {
  stampNow();
  const unsigned n = std::min(ready, kReapBatch);
  for (unsigned i = 0; i < n && !isStopping(); i++) {
    const io_uring_cqe cqe = ring_->cqe(0);
    const UserData id = UserData::unpack(cqe.user_data);
    const bool isOfRecv = id.op == OwnOp::kRecv;
    if (isOfRecv && params_.reapRate > 0 && course_ == Course::kRunning) {
      if (now_ < nextReapNs_) return;
      nextReapNs_ = now_ + kNsPerSecond / params_.reapRate;
    }
    ring_->cqAdvance(1);
    counters_.cqes.add(1);
    hasReaped_ = true;
    const EventRecord event = reapEvent(cqe, id, ready - 1 - i);
    probe_.write(event);
    const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
    if (!more) inFlight_--;
    BreakEvent e;
    if (watches_) {
      e = describe(event);
      if (isOfRecv) describeSlot(e, id.slot);
    }
    dispatch(cqe, id);
    if (watches_) watchReap(cqe, id, e, event);
    if (course_ != Course::kStepping || !isOfRecv || isStopping()) continue;
    const bool nextIsOfAnother = i + 1 == n || ring_->cqe(0).user_data != cqe.user_data;
    if (stepUnit_ == StepUnit::kCqe || (stepUnit_ == StepUnit::kWake && nextIsOfAnother) ||
        (stepUnit_ == StepUnit::kEnd && !more && params_.mode == Mode::kMultishot)) {
      wantStop(StopReason::kStep, 0, event);
    }
  }
}

/** The first reason counts. */
void Reactor::wantStop(StopReason reason, uint32_t breakpoint, const EventRecord& event) {
  if (!wantedStop_ && !finishing_) wantedStop_ = Stop{reason, breakpoint, event, 0};
}

/** What has been reaped so far stays in the application until it goes on: nothing is handed in or given back.
 */
void Reactor::stopIfWanted() {
  if (!isStopping() || done_) return;
  wantedStop_->cqes = counters_.cqes.get();
  const Stop stop = *wantedStop_;
  wantedStop_.reset();
  course_ = Course::kStopped;
  probe_.write(Kind::kMark, stop.event.userData, stop.event.res, stop.event.flags,
               static_cast<uint32_t>(MarkCode::kStopped),
               static_cast<uint32_t>(stop.reason) | stop.breakpoint << kBreakpointShift, stop.event.request);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    debugState_.stop = stop;
  }
  shareDebugState();
  lastSample_ = ~uint64_t{0};
  while (course_ == Course::kStopped && !done_) {
    sampleStopped();
    snapshotWhenDue();
    probe_.publish();
    answerMail();
    sleepForMail(now_ + kStoppedLookNs);
    // Such a ring's work is done by nobody but the one who enters: the kernel would not go on by itself.
    if (params_.deferTaskrun) ring_->runTaskWork();
    probe_.begin();
    stampNow();
    readMailbox();
    if (!handsIn_ || done_) continue;
    handsIn_ = false;
    handIn();
  }
  probe_.write(Kind::kMark, 0, 0, 0, static_cast<uint32_t>(MarkCode::kResumed),
               course_ == Course::kStepping ? static_cast<uint32_t>(stepUnit_) : 0);
  shareDebugState();
}

/** The end of a turn: what was prepared is handed in before the stop. */
void Reactor::stopBeforeWait() {
  if (course_ == Course::kStepping && stepUnit_ == StepUnit::kTurn && hasReaped_)
    wantStop(StopReason::kStep, 0, EventRecord{});
  if (!isStopping()) return;
  handIn();
  stopIfWanted();
}

/** The CQ fills while nobody reaps: `ring_state` says how far. */
void Reactor::sampleStopped() {
  const uint64_t head = ring_->cqHead();
  const uint64_t tail = ring_->cqTail();
  const bool isOverflowed = ring_->cqOverflowed();
  if (isOverflowed && !overflowSeen_) noteOverflow();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    debugState_.waiting = static_cast<uint32_t>(tail - head);
    debugState_.isOverflowed = isOverflowed;
  }
  if ((head | tail << 32) == lastSample_) return;
  lastSample_ = head | tail << 32;
  probe_.write(Kind::kRingState, lastSample_, -1, kNotTold, ring_->sqHead(), ring_->sqTail());
}

/** Sleeps until there is mail, or the time has come; the ring does not wake it. */
void Reactor::sleepForMail(uint64_t deadlineNs) {
  probe_.publish();
  const uint64_t deadline = std::min(deadlineNs, now_ + kLongestSleepNs);
  std::unique_lock<std::mutex> lock(mutex_);
  isAway_ = true;
  changed_.wait_until(lock, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline)),
                      [this] { return !mailbox_.empty(); });
  isAway_ = false;
}

void Reactor::shareDebugState() {
  std::lock_guard<std::mutex> lock(mutex_);
  debugState_.isStopped = course_ == Course::kStopped;
  if (!debugState_.isStopped) {
    debugState_.waiting = -1;
    debugState_.isOverflowed = false;
  }
  debugState_.hits.clear();
  for (const Breakpoint& b : breakpoints_) debugState_.hits.emplace_back(b.id, b.hits);
}

/** While it runs, hits that do not stop are told some times a second. */
void Reactor::shareHitsWhenDue() {
  if (!watches_ || now_ < nextShareNs_) return;
  nextShareNs_ = now_ + kShareNs;
  shareDebugState();
}

void Reactor::takeStep(StepUnit unit) {
  if (finishing_) return;
  course_ = Course::kStepping;
  stepUnit_ = unit;
}

void Reactor::takeBreakpoints(std::vector<Breakpoint> breakpoints) {
  for (Breakpoint& next : breakpoints) {
    for (const Breakpoint& before : breakpoints_) {
      if (before.id == next.id && before.program == next.program) next.hits = before.hits;
    }
  }
  breakpoints_ = std::move(breakpoints);
  watches_ =
      std::any_of(breakpoints_.begin(), breakpoints_.end(), [](const Breakpoint& b) { return b.enabled; });
  shareDebugState();
}

/** What every event has. */
BreakEvent Reactor::describe(const EventRecord& event) const {
  BreakEvent e;
  e.set(BreakField::kKind, event.kind);
  e.set(BreakField::kT, static_cast<double>(now_ - context_.startNs));
  e.set(BreakField::kRing, event.ring);
  e.set(BreakField::kThread, event.thread);
  e.set(BreakField::kProvenance, event.provenance);
  if (event.request != 0) e.set(BreakField::kRequest, event.request);
  if (event.userData != 0) {
    e.set(BreakField::kUserData, static_cast<uint32_t>(event.userData));
    e.set(BreakField::kUserDataHigh, static_cast<uint32_t>(event.userData >> 32));
  }
  return e;
}

void Reactor::describeSlot(BreakEvent& e, uint32_t slot) const {
  const Connection& c = connections_[slot];
  e.set(BreakField::kConn, slot);
  if (c.fd >= 0) e.set(BreakField::kFd, c.fd);
  e.set(BreakField::kShot, c.shots + 1);
  e.set(BreakField::kOpcode, params_.op == Op::kRecv ? IORING_OP_RECV : IORING_OP_RECVMSG);
  e.set(BreakField::kMultishot, params_.mode == Mode::kMultishot ? 1 : 0);
}

void Reactor::watch(const BreakEvent& e, const EventRecord& event) {
  for (Breakpoint& b : breakpoints_) {
    if (!b.enabled || !b.program.matches(e)) continue;
    b.hits++;
    if (b.hits > b.ignore) wantStop(StopReason::kBreakpoint, b.id, event);
  }
}

/** The CQE is in the application: counts of the group are those after it. */
void Reactor::watchReap(const io_uring_cqe& cqe, const UserData& id, BreakEvent& e,
                        const EventRecord& event) {
  const bool isOfRecv = id.op == OwnOp::kRecv;
  e.set(BreakField::kCqe, 1);
  e.set(BreakField::kRes, cqe.res);
  e.set(BreakField::kFlags, cqe.flags);
  e.set(BreakField::kFlagBuffer, (cqe.flags & IORING_CQE_F_BUFFER) != 0 ? 1 : 0);
  e.set(BreakField::kFlagMore, (cqe.flags & IORING_CQE_F_MORE) != 0 ? 1 : 0);
  e.set(BreakField::kFlagSockNonempty, (cqe.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0 ? 1 : 0);
  e.set(BreakField::kFlagNotif, (cqe.flags & IORING_CQE_F_NOTIF) != 0 ? 1 : 0);
  e.set(BreakField::kFlagBufMore, (cqe.flags & IORING_CQE_F_BUF_MORE) != 0 ? 1 : 0);
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) e.set(BreakField::kBid, cqe.flags >> kCqeBufferShift);
  if (isOfRecv) {
    if (cqe.res > 0) e.set(BreakField::kBytes, cqe.res);
    e.set(BreakField::kBgid, group_->bgid());
    e.set(BreakField::kFree, group_->available().size());
    e.set(BreakField::kHeld, held_->count());
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
      const bool isBareHeader = params_.op == Op::kRecvmsg && params_.transport != Transport::kUdp &&
                                params_.mode == Mode::kMultishot && cqe.res == kBareHeader;
      const bool isOverflow = params_.mode == Mode::kMultishot && !params_.bundle && overflowSeen_;
      const bool hasData = (cqe.res > 0 || (cqe.flags & IORING_CQE_F_BUFFER) != 0) && !isBareHeader;
      e.set(BreakField::kCause, cqe.res < 0  ? -cqe.res
                                : !hasData   ? kCauseEof
                                : isOverflow ? kCauseOverflow
                                             : kCauseData);
    }
  }
  watch(e, event);
}

void Reactor::watchReplenish(uint32_t bid, const HeldBids::Bid& held) {
  const EventRecord event = probe_.record(Kind::kReplenish, held.userData, 0, 0, bid, group_->bgid());
  BreakEvent e = describe(event);
  e.set(BreakField::kCqe, 0);
  e.set(BreakField::kBid, bid);
  e.set(BreakField::kBgid, group_->bgid());
  e.set(BreakField::kFree, group_->available().size());
  e.set(BreakField::kHeld, held_->count());
  e.set(BreakField::kHold, static_cast<double>(now_ - held.since));
  watch(e, event);
}

/** `event` is what goes into the stream when the SQE is handed in: of it only the stamp is missing. */
void Reactor::watchSubmit(const EventRecord& submit) {
  const EventRecord event = probe_.record(Kind::kSubmit, submit.userData, submit.res, submit.flags, submit.a,
                                          submit.b, submit.request);
  BreakEvent e = describe(event);
  const auto opcode = static_cast<uint8_t>(event.a);
  e.set(BreakField::kCqe, 0);
  e.set(BreakField::kOpcode, opcode);
  if (event.res >= 0) e.set(BreakField::kFd, event.res);
  if (event.b != kNoGroup) e.set(BreakField::kBgid, event.b);
  const UserData id = UserData::unpack(event.userData);
  if (id.op == OwnOp::kRecv && isRecv(opcode)) {
    const Connection& c = connections_[id.slot];
    const bool isMultishot = (event.a >> 16 & IORING_RECV_MULTISHOT) != 0;
    e.set(BreakField::kConn, id.slot);
    e.set(BreakField::kMultishot, isMultishot ? 1 : 0);
    e.set(BreakField::kRearm, c.isRearm ? 1 : 0);
    if (isMultishot && c.gapNs != kForever) e.set(BreakField::kGap, static_cast<double>(c.gapNs));
    e.set(BreakField::kFree, group_->available().size());
    e.set(BreakField::kHeld, held_->count());
  }
  watch(e, event);
}

void Reactor::watchPlain(const EventRecord& event) {
  BreakEvent e = describe(event);
  const auto kind = static_cast<Kind>(event.kind);
  e.set(BreakField::kCqe, 0);
  if (kind == Kind::kError) e.set(BreakField::kRes, event.res);
  if (kind == Kind::kConnect || kind == Kind::kClose) {
    e.set(BreakField::kConn, event.a);
    e.set(BreakField::kFd, event.res);
  }
  watch(e, event);
}

/** Into the stream, and before the breakpoints. */
void Reactor::note(Kind kind, uint64_t userData, int32_t res, uint32_t flags, uint32_t a, uint32_t b) {
  const EventRecord event = probe_.record(kind, userData, res, flags, a, b);
  probe_.write(event);
  if (watches_) watchPlain(event);
}

}  // namespace ringlens
