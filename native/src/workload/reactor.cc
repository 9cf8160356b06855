#include "workload/reactor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/thread.h"

namespace ringlens {

Reactor::Reactor(const WorkloadParams& params, ReactorContext context)
    : context_(std::move(context)), probe_(context_.probe), counters_(*context_.counters), params_(params) {
  batch_.resize(kReapBatch);
  waiting_.reserve(kMaxSlots);
  provideRequests_.resize(kProvideIds);
  thread_ = startThread("rl-reactor", [this] { run(); });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return ready_ || ended_; });
  if (!ended_) return;
  lock.unlock();
  thread_.join();
  throw *failure_;
}

Reactor::~Reactor() {
  stop();
  join();
}

void Reactor::post(Command command) {
  bool isAway;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    mailbox_.push_back(std::move(command));
    posted_++;
    isAway = isAway_;
  }
  if (isAway) {
    changed_.notify_all();
  } else {
    wakeup_.ring();
  }
}

/** Throws what the reactor answers, and ESRCH when it has ended before it could. */
void Reactor::postAndWait(Command command) {
  std::optional<Failure> refusal;
  command.refusal = &refusal;
  post(std::move(command));
  std::unique_lock<std::mutex> lock(mutex_);
  const uint64_t mine = posted_;
  changed_.wait(lock, [&] { return applied_ >= mine || ended_; });
  if (refusal) throw *refusal;
  if (applied_ < mine && !failure_) throw Failure("ESRCH", "The workload has ended; start it again.", ESRCH);
}

void Reactor::configure(const WorkloadParams& params) {
  Command command{Command::Type::kConfigure};
  command.params = params;
  postAndWait(std::move(command));
}

void Reactor::finish(uint64_t deadlineNs) {
  Command command{Command::Type::kFinish};
  command.deadlineNs = deadlineNs;
  post(std::move(command));
}
void Reactor::stop() { post(Command{Command::Type::kStop}); }
void Reactor::join() {
  if (thread_.joinable()) thread_.join();
}

std::string Reactor::address() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return address_;
}

uint64_t Reactor::cpuNs() const {
  if (hasFinalCpu_.load(std::memory_order_acquire)) return finalCpuNs_.load(std::memory_order_relaxed);
  timespec ts{};
  // Fails when the thread ends just now: then its last value is there.
  if (::clock_gettime(cpuClock_, &ts) != 0) return finalCpuNs_.load(std::memory_order_relaxed);
  return static_cast<uint64_t>(ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(ts.tv_nsec);
}

void Reactor::run() {
  threadId_ = static_cast<int>(::syscall(SYS_gettid));
  ::pthread_getcpuclockid(::pthread_self(), &cpuClock_);
  std::optional<Failure> failure;
  bool wasReady = false;
  try {
    takeBreakpoints(std::move(context_.breakpoints));
    openRing();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ready_ = true;
    }
    changed_.notify_all();
    wasReady = true;
    while (!done_) turn();
    closeRing();
  } catch (const Failure& f) {
    failure = f;
  } catch (const std::exception& e) {
    failure = Failure("ENOMEM", std::string("The reactor ran out of memory: ") + e.what(), ENOMEM);
  }
  // What a failure left open goes in this order, on this thread.
  group_.reset();
  ring_.reset();
  for (uint32_t slot = 0; slot < connections_.end(); slot++) connections_[slot].owned.reset();
  listener_.reset();
  probe_.publish();
  finalCpuNs_.store(clockNs(CLOCK_THREAD_CPUTIME_ID), std::memory_order_relaxed);
  hasFinalCpu_.store(true, std::memory_order_release);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    failure_ = failure;
  }
  changed_.notify_all();
  if (wasReady) context_.onEnded(failure);
}

void Reactor::turn() {
  probe_.begin();
  stampNow();
  hasReaped_ = false;
  noteOverflow();
  stopIfWanted();
  if (done_) return;
  reap();
  stopIfWanted();
  if (done_) return;
  stampNow();
  if (hasMail_) readMailbox();
  if (done_) return;
  held_->expire(now_, [this](uint32_t bid) {
    if ((*held_)[bid].users == 0) returned_.push_back(bid);
  });
  replenish();
  rearmWaiting();
  if (now_ >= acceptRetryNs_) armAccept();
  if (finishing_) checkFinished();
  writeSubmits();
  snapshotWhenDue();  // behind the submits: it says what is armed
  stopBeforeWait();
  shareHitsWhenDue();
  probe_.publish();
  answerMail();
  if (!done_) wait();
}

void Reactor::answerMail() {
  if (mailbag_ == 0) return;
  std::lock_guard<std::mutex> lock(mutex_);
  applied_ += mailbag_;
  mailbag_ = 0;
  changed_.notify_all();
}

void Reactor::stampNow() {
  now_ = monotonicNs();
  probe_.stamp(now_);
}

/** The kernel could not post to the full CQ: it keeps CQEs in a list until the next enter
 * (MULTISHOT-CASES.md, f). */
void Reactor::noteOverflow() {
  if (!ring_->cqOverflowed()) return;
  overflowSeen_ = true;
  note(Kind::kCqeOverflow, 0, 0, 0, ring_->sqFlags(), ring_->cqReady());
  flushOverflow_ = true;
}

/**
 * Takes a batch off the CQ first, so that handlers which enter the kernel find room in it, and so that its
 * stamp is later than the kernel's stamp of each of these CQEs.
 */
void Reactor::reap() {
  const unsigned ready = ring_->cqReady();
  const unsigned n = std::min(ready, kReapBatch);
  if (n == 0) return;
  if (needsCare()) {
    reapCarefully(ready);
    return;
  }
  for (unsigned i = 0; i < n; i++) batch_[i] = ring_->cqe(i);
  ring_->cqAdvance(n);
  stampNow();
  counters_.cqes.add(n);
  for (unsigned i = 0; i < n; i++) {
    const io_uring_cqe& cqe = batch_[i];
    const UserData id = UserData::unpack(cqe.user_data);
    if (probe_.isOn()) probe_.write(reapEvent(cqe, id, ready - 1 - i));
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) inFlight_--;
    dispatch(cqe, id);
  }
}

/** `behind`: CQEs that were still in the CQ. Before the CQE is handled: then its buffer is as it was found.
 */
EventRecord Reactor::reapEvent(const io_uring_cqe& cqe, const UserData& id, unsigned behind) const {
  uint32_t offset = 0;
  if (params_.incremental && (cqe.flags & IORING_CQE_F_BUFFER) != 0)
    offset = group_->usedBytes(cqe.flags >> kCqeBufferShift);
  return probe_.record(Kind::kReap, cqe.user_data, cqe.res, cqe.flags, behind, offset, requestOf(id));
}

void Reactor::dispatch(const io_uring_cqe& cqe, const UserData& id) {
  switch (id.op) {
    case OwnOp::kRecv: onRecv(cqe, id.slot); break;
    case OwnOp::kSend: onSend(cqe, id.slot); break;
    case OwnOp::kAccept: onAccept(cqe); break;
    case OwnOp::kProvide: onProvide(cqe); break;
    case OwnOp::kWakeup: onWakeup(cqe); break;
    case OwnOp::kCancel: onCancel(id); break;
    case OwnOp::kRemove: onRemove(cqe); break;
    default: break;
  }
}

void Reactor::armWakeup() {
  io_uring_sqe* const sqe = nextSqe();
  io_uring_prep_read(sqe, wakeup_.get(), &wakeupValue_, sizeof wakeupValue_, 0);
  sqe->user_data = UserData::pack(OwnOp::kWakeup, 0, ringId_);
  wakeupRequest_ = track(*sqe);
}

void Reactor::onWakeup(const io_uring_cqe& cqe) {
  if (cqe.res == -ECANCELED) return;
  hasMail_ = true;
  if (!closingRing_) armWakeup();
}

void Reactor::readMailbox() {
  hasMail_ = false;
  std::vector<Command> commands;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    commands.swap(mailbox_);
  }
  mailbag_ += commands.size();
  for (Command& command : commands) {
    try {
      switch (command.type) {
        case Command::Type::kConfigure:
          if (!finishing_) applyConfigure(command.params);
          break;
        case Command::Type::kFinish: startFinish(command.deadlineNs); break;
        case Command::Type::kStop: done_ = true; return;
        case Command::Type::kPause:
          if (course_ != Course::kStopped) wantStop(StopReason::kPause, 0, EventRecord{});
          break;
        case Command::Type::kResume: course_ = Course::kRunning; break;
        case Command::Type::kStep: takeStep(command.unit); break;
        case Command::Type::kBreakpoints: takeBreakpoints(std::move(command.breakpoints)); break;
        case Command::Type::kAct: actNow(command.byHand); break;
        case Command::Type::kLook: *command.content = contentOf(command.byHand.target); break;
      }
    } catch (const Failure& failure) {
      // Of the one who asks; a ring that can't be set up anew ends the reactor.
      if (command.type != Command::Type::kAct && command.type != Command::Type::kLook) throw;
      *command.refusal = failure;
    }
  }
}

uint64_t Reactor::nextDeadline() const {
  uint64_t next = std::min({held_->nextDeadline(), nextSnapshotNs_, acceptRetryNs_, finishDeadlineNs_});
  // Datagrams have no end of stream: look at the queues again soon.
  if (finishing_ && params_.transport == Transport::kUdp) next = std::min(next, now_ + kNsPerMs);
  return next;
}

void Reactor::wait() {
  if (params_.reapRate > 0 && course_ == Course::kRunning && ring_->cqReady() > 0 && nextReapNs_ > now_) {
    // Slow motion: CQEs wait for their time.
    ring_->enter(0, kForever, params_.deferTaskrun);
    sleepForMail(std::min(nextDeadline(), nextReapNs_));
    hasMail_ = true;
    return;
  }
  const bool flush = flushOverflow_;
  flushOverflow_ = false;
  if (ring_->cqReady() > 0 && !flush) {
    ring_->enter(0, kForever, false);
    return;
  }
  const uint64_t deadline = nextDeadline();
  uint64_t timeout = kForever;
  bool mayWait = !flush;
  if (deadline != kForever) {
    const uint64_t now = monotonicNs();
    if (deadline <= now) mayWait = false;
    timeout = deadline - now;
  }
  const int ret = ring_->enter(mayWait ? 1 : 0, timeout, true);
  if (ret == 0 || ret == -ETIME || ret == -EINTR || ret == -EBUSY || ret == -EAGAIN) return;
  throw systemFailure(ret, "io_uring_enter", "The ring refused to work on.");
}

}  // namespace ringlens
