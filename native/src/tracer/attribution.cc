#include "tracer/attribution.h"

#include <dirent.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "tracer/tracefs.h"

namespace ringlens {
namespace {

constexpr uint32_t kMore = 1u << 1;   // IORING_CQE_F_MORE
constexpr uint64_t kNotif = 1u << 3;  // IORING_CQE_F_NOTIF
constexpr uint16_t kLastId = 0xffff;  // shared by all that come when the ids are used up
constexpr uint32_t kNoise = 500;      // events in one batch that make a ring worth excluding in the kernel
constexpr size_t kMostExcluded = 64;

/** Kind of the record that a tracepoint becomes; 0 = none. */
Kind kindOf(EventType type) {
  switch (type) {
    case EventType::kSubmit: return Kind::kSubmit;
    case EventType::kFileGet: return Kind::kFileGet;
    case EventType::kPollArm: return Kind::kPollArm;
    case EventType::kTaskAdd: return Kind::kWake;
    case EventType::kComplete: return Kind::kComplete;
    case EventType::kCqeOverflow: return Kind::kCqeOverflow;
    case EventType::kTaskWorkRun:
    case EventType::kLocalWorkRun: return Kind::kTaskWork;
    case EventType::kCqringWait: return Kind::kCqWait;
    case EventType::kReqFailed: return Kind::kReqFailed;
    case EventType::kCreate: return Kind::kRingCreate;
    case EventType::kLoss: return Kind::kDropped;
    case EventType::kRegister:
    case EventType::kFork:
    case EventType::kBindRing: break;
  }
  return Kind{};
}

ThreadInfo lookUpThread(int32_t tid) {
  ThreadInfo info;
  info.tid = tid;
  if (tid == 0) {
    info.name = "idle";
    return info;
  }
  std::istringstream status(readSmallFile("/proc/" + std::to_string(tid) + "/status").value_or(""));
  std::string line;
  while (std::getline(status, line)) {
    if (line.compare(0, 6, "Name:\t") == 0) info.name = line.substr(6);
    if (line.compare(0, 6, "Tgid:\t") == 0) info.pid = std::atoi(line.c_str() + 6);
  }
  return info;
}

}  // namespace

Attribution::Attribution(const Selection& selection)
    : selection_(selection),
      details_(selection.sqeDetails),
      nextRingId_(selection.firstRingId),
      nextThreadId_(selection.firstThreadId) {
  for (const auto& [tid, id] : selection.threads) {
    auto thread = std::make_unique<Thread>();
    thread->info = lookUpThread(tid);
    thread->info.id = id;
    threadByTid_.set(static_cast<uint64_t>(tid), static_cast<uint32_t>(threads_.size()));
    threads_.push_back(std::move(thread));
  }
}

void Attribution::listThreads() {
  for (const int32_t pid : selection_.pids) {
    ours_.insert(pid);
    DIR* const tasks = ::opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
    if (tasks == nullptr) continue;
    while (const dirent* entry = ::readdir(tasks)) {
      if (const int tid = std::atoi(entry->d_name)) ours_.insert(tid);
    }
    ::closedir(tasks);
  }
}

uint64_t Attribution::prepareBinding(const RingBinding& binding) {
  bindings_.push_back(binding);
  named_.push_back(binding.ctx);
  include(binding.ctx);
  return bindings_.size() - 1;
}

Attribution::Thread* Attribution::threadOf(int32_t tid) {
  if (cachedThread_ != nullptr && cachedThread_->info.tid == tid) return cachedThread_;
  uint32_t index = threadByTid_.find(static_cast<uint64_t>(tid));
  if (index == FlatMap::kAbsent) {
    auto thread = std::make_unique<Thread>();
    thread->info = lookUpThread(tid);
    thread->info.id = nextThreadId_ < kLastId ? nextThreadId_++ : kLastId;
    index = static_cast<uint32_t>(threads_.size());
    threadByTid_.set(static_cast<uint64_t>(tid), index);
    const std::lock_guard lock(mutex_);
    threads_.push_back(std::move(thread));
  }
  cachedThread_ = threads_[index].get();
  return cachedThread_;
}

Attribution::Ring* Attribution::bind(RingInfo info, uint32_t requestsBefore) {
  unbind(info.ctx);
  if (info.id == 0) info.id = nextRingId_ < kLastId ? nextRingId_++ : kLastId;
  auto ring = std::make_unique<Ring>(Ring{info, RequestTracker(requestsBefore, selection_.adoptRequests)});
  Ring* const bound = ring.get();
  ringByCtx_.set(info.ctx, static_cast<uint32_t>(rings_.size()));
  const std::lock_guard lock(mutex_);
  rings_.push_back(std::move(ring));
  return bound;
}

/** The kernel has given the memory of a ring that is gone to another one. */
void Attribution::unbind(uint64_t ctx) {
  const uint32_t index = ringByCtx_.find(ctx);
  if (index == FlatMap::kAbsent) return;
  Ring* const ring = rings_[index].get();
  for (const auto& thread : threads_) {
    if (thread->ring == ring) thread->ring = nullptr;
  }
  ambiguous_ += ring->requests.ambiguous();
  ring->requests = RequestTracker(0, false);
  ringByCtx_.erase(ctx);
  cachedRing_ = nullptr;
}

Attribution::Ring* Attribution::ringOf(const KernelEvent& event) {
  if (cachedRing_ != nullptr && cachedRing_->info.ctx == event.ctx) return cachedRing_;
  const uint32_t index = ringByCtx_.find(event.ctx);
  if (index != FlatMap::kAbsent) {
    cachedRing_ = rings_[index].get();
    return cachedRing_;
  }
  if (selection_.scope != Selection::Scope::kMachine) return nullptr;
  RingInfo info;
  info.ctx = event.ctx;
  // A waker or a kernel thread is not the owner.
  if (event.type == EventType::kSubmit || event.type == EventType::kCqringWait)
    info.pid = threadOf(event.tid)->info.pid;
  cachedRing_ = bind(info, 0);
  return cachedRing_;
}

bool Attribution::apply(const KernelEvent& event, EventRecord* out) {
  std::memset(out, 0, sizeof *out);
  out->tNs = event.tNs;
  out->provenance = static_cast<uint8_t>(Provenance::kTracepoint);
  out->kind = static_cast<uint8_t>(kindOf(event.type));
  switch (event.type) {
    case EventType::kFork:
      if (ours_.count(event.res) > 0) ours_.insert(static_cast<int32_t>(event.a));
      return false;
    case EventType::kRegister: return false;
    case EventType::kBindRing: {
      const RingBinding& b = bindings_[event.userData];
      RingInfo info;
      info.id = b.id;
      info.ctx = b.ctx;
      info.pid = b.pid;
      info.fd = b.fd;
      bind(info, b.requestsBefore);
      return false;
    }
    case EventType::kLoss:
      out->userData = event.ctx;
      out->a = static_cast<uint32_t>(event.userData);
      out->b = static_cast<uint32_t>(event.userData >> 32);
      return true;
    case EventType::kCreate:
      if (!created(event, out)) return false;
      break;
    default:
      if (!applyToRing(event, out)) return false;
  }
  return (selection_.deliver >> out->kind & 1) != 0;
}

bool Attribution::created(const KernelEvent& event, EventRecord* out) {
  unbind(event.ctx);
  const bool wasLeftOut = include(event.ctx);
  const bool wanted = selection_.scope == Selection::Scope::kMachine ||
                      (selection_.scope == Selection::Scope::kProcesses && ours_.count(event.tid) > 0);
  if (!wanted) return false;
  if (wasLeftOut && gapSinceNs_ == 0) gapSinceNs_ = event.tNs;
  Thread* const thread = threadOf(event.tid);
  RingInfo info;
  info.ctx = event.ctx;
  info.pid = thread->info.pid;
  // It has ended already, but its own number we know.
  if (info.pid == 0 && std::count(selection_.pids.begin(), selection_.pids.end(), event.tid) > 0)
    info.pid = event.tid;
  info.fd = event.res;
  info.setupFlags = static_cast<uint32_t>(event.flags);
  info.sqEntries = event.a;
  info.cqEntries = event.b;
  info.created = true;
  if (selection_.idOfNewRing) info.id = selection_.idOfNewRing(info);
  Ring* const ring = bind(info, 0);
  thread->ring = ring;
  out->thread = thread->info.id;
  out->ring = ring->info.id;
  out->res = event.res;
  out->flags = info.setupFlags;
  out->a = event.a;
  out->b = event.b;
  return true;
}

bool Attribution::applyToRing(const KernelEvent& event, EventRecord* out) {
  if (event.type == EventType::kTaskWorkRun) {
    // It tells no ring: that of the thread's latest event, which is one of those that this run gave.
    const bool known = threadByTid_.find(static_cast<uint64_t>(event.tid)) != FlatMap::kAbsent;
    if (!known && selection_.scope != Selection::Scope::kMachine) return false;
    Thread* const thread = threadOf(event.tid);
    if (thread->ring == nullptr && selection_.scope != Selection::Scope::kMachine) return false;
    out->thread = thread->info.id;
    out->ring = thread->ring != nullptr ? thread->ring->info.id : 0;
    out->a = event.a;
    return true;
  }
  Ring* const ring = ringOf(event);
  if (ring == nullptr) {
    foreign_++;
    const uint32_t before = noise_.find(event.ctx);
    noise_.set(event.ctx, before == FlatMap::kAbsent ? 1 : before + 1);
    return false;
  }
  Thread* const thread = threadOf(event.tid);
  if (event.type != EventType::kTaskAdd) thread->ring = ring;  // a waker has nothing to do with the ring
  out->thread = thread->info.id;
  out->ring = ring->info.id;
  out->userData = event.userData;
  out->res = event.res;
  out->flags = static_cast<uint32_t>(event.flags);
  out->a = event.a;
  out->b = event.b;
  switch (event.type) {
    case EventType::kSubmit: submitted(event, ring, out); break;
    case EventType::kReqFailed: out->request = ring->requests.submit(event.userData, event.req); break;
    case EventType::kPollArm:
      out->request = ring->requests.pollArm(event.userData, event.req, event.a);
      break;
    case EventType::kComplete:
    case EventType::kCqeOverflow: out->request = completed(event, ring); break;
    case EventType::kFileGet:
    case EventType::kTaskAdd: out->request = ring->requests.join(event.userData, event.req); break;
    default: break;
  }
  return true;
}

/** `submit` as schema/events.ts has it: what the tracepoint doesn't tell is -1 (fd), 0 (ioprio, msg_flags),
 * kNoGroup. */
void Attribution::submitted(const KernelEvent& event, Ring* ring, EventRecord* out) {
  out->request = ring->requests.submit(event.userData, event.req);
  // The low bits of a request's flags are the SQE's flags (include/linux/io_uring_types.h: REQ_F_FIXED_FILE
  // is IOSQE_FIXED_FILE, and so on); the rest differs from kernel to kernel.
  const auto sqeFlags = static_cast<uint32_t>(event.flags & 0xff);
  out->a = (event.a & 0xff) | sqeFlags << 8;
  out->b = kNoGroup;
  out->res = -1;
  out->flags = 0;
  if (const auto sqe = details_.find(ring->info, event.userData, static_cast<uint8_t>(event.a))) {
    out->a |= static_cast<uint32_t>(sqe->ioprio) << 16;
    out->res = sqe->fd;
    out->flags = sqe->msgFlags;
    if (sqe->selectsBuffer()) out->b = sqe->bufGroup;
  }
}

uint32_t Attribution::completed(const KernelEvent& event, Ring* ring) {
  if ((event.flags & kMore) != 0) return ring->requests.more(event.userData, event.req);
  // The notification of a zero-copy send has a req of its own that was never submitted.
  const uint64_t req = (event.flags & kNotif) != 0 ? 0 : event.req;
  return ring->requests.end(event.userData, req);
}

bool Attribution::include(uint64_t ctx) {
  const auto left = std::find(excluded_.begin(), excluded_.end(), ctx);
  if (left == excluded_.end()) return false;
  excluded_.erase(left);
  exclusionChanged_ = true;
  return true;
}

bool Attribution::takeExclusions(std::vector<uint64_t>* excluded, uint64_t* gapSinceNs) {
  if (selection_.scope == Selection::Scope::kProcesses) {
    noise_.forEach([&](uint64_t ctx, uint32_t events) {
      if (events < kNoise || excluded_.size() >= kMostExcluded) return;
      if (std::find(named_.begin(), named_.end(), ctx) != named_.end()) return;
      // What was left out since this batch was read is in it still.
      if (std::find(excluded_.begin(), excluded_.end(), ctx) != excluded_.end()) return;
      excluded_.push_back(ctx);
      exclusionChanged_ = true;
    });
  }
  if (noise_.size() > 0) noise_ = FlatMap();
  if (!exclusionChanged_) return false;
  exclusionChanged_ = false;
  *excluded = excluded_;
  *gapSinceNs = std::exchange(gapSinceNs_, 0);
  return true;
}

std::vector<RingInfo> Attribution::rings() const {
  const std::lock_guard lock(mutex_);
  std::vector<RingInfo> infos;
  for (const auto& ring : rings_) infos.push_back(ring->info);
  return infos;
}

std::vector<ThreadInfo> Attribution::threads() const {
  const std::lock_guard lock(mutex_);
  std::vector<ThreadInfo> infos;
  for (const auto& thread : threads_) infos.push_back(thread->info);
  return infos;
}

Attribution::Counters Attribution::counters() const {
  Counters counters;
  counters.foreign = foreign_;
  counters.ambiguous = ambiguous_;
  for (const auto& ring : rings_) counters.ambiguous += ring->requests.ambiguous();
  return counters;
}

}  // namespace ringlens
