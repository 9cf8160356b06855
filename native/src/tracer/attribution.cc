#include "tracer/attribution.h"

#include <dirent.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "tracer/thread_info.h"

namespace ringlens {
namespace {

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

}  // namespace

void Attribution::describeRing(const RingInfo& ring, EventRecord* out) {
  out->userData = static_cast<uint32_t>(ring.pid);
  out->res = ring.fd;
  out->flags = ring.setupFlags;
  out->a = ring.sqEntries;
  out->b = ring.cqEntries;
}

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
      const int tid = std::atoi(entry->d_name);
      if (tid == 0) continue;
      ours_.insert(tid);
      // Its name while it lives; another one when it has called exec before its first event.
      if (threadByTid_.find(static_cast<uint64_t>(tid)) == FlatMap::kAbsent) addThread(tid)->isListed = true;
    }
    ::closedir(tasks);
  }
}

uint64_t Attribution::prepareBinding(const RingBinding& binding) {
  Prepared prepared{binding, {}};
  if (selection_.adoptRequests && selection_.sqeDetails) {
    try {
      prepared.older = RingMap::open(binding.pid, binding.fd).listSqes(isAdoptable);
    } catch (const Failure&) {
      // It was closed, or can't be looked at: then its older requests are told by their events alone.
    }
  }
  bindings_.push_back(std::move(prepared));
  named_.push_back(binding.ctx);
  include(binding.ctx);
  return bindings_.size() - 1;
}

Attribution::Thread* Attribution::addThread(int32_t tid) {
  auto thread = std::make_unique<Thread>();
  thread->info = lookUpThread(tid);
  thread->info.id = nextThreadId_ < kLastId ? nextThreadId_++ : kLastId;
  Thread* const added = thread.get();
  threadByTid_.set(static_cast<uint64_t>(tid), static_cast<uint32_t>(threads_.size()));
  const std::lock_guard lock(mutex_);
  threads_.push_back(std::move(thread));
  return added;
}

Attribution::Thread* Attribution::threadOf(int32_t tid) {
  if (cachedThread_ != nullptr && cachedThread_->info.tid == tid) return cachedThread_;
  const uint32_t index = threadByTid_.find(static_cast<uint64_t>(tid));
  if (index == FlatMap::kAbsent) {
    cachedThread_ = addThread(tid);
    return cachedThread_;
  }
  cachedThread_ = threads_[index].get();
  if (cachedThread_->isListed) {
    cachedThread_->isListed = false;
    const ThreadInfo now = lookUpThread(tid);
    const std::lock_guard lock(mutex_);
    if (!now.name.empty()) cachedThread_->info.name = now.name;
  }
  return cachedThread_;
}

Attribution::Ring* Attribution::bind(RingInfo info, uint32_t requestsBefore) {
  unbind(info.ctx);
  if (info.id == 0) info.id = nextRingId_ < kLastId ? nextRingId_++ : kLastId;
  auto ring = std::make_unique<Ring>(info, RequestTracker(requestsBefore, selection_.adoptRequests));
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
  ring->older = {};
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

unsigned Attribution::apply(const KernelEvent& event, EventRecord* out) {
  found_.kind = 0;
  std::memset(out, 0, sizeof *out);
  out->tNs = event.tNs;
  out->provenance = static_cast<uint8_t>(Provenance::kTracepoint);
  out->kind = static_cast<uint8_t>(kindOf(event.type));
  switch (event.type) {
    case EventType::kFork:
      if (ours_.count(event.res) > 0) ours_.insert(static_cast<int32_t>(event.a));
      return 0;
    case EventType::kRegister: return 0;
    case EventType::kBindRing:
      if (!boundByHost(&bindings_[event.userData], out)) return 0;
      break;
    case EventType::kLoss:
      out->userData = event.ctx;
      out->a = static_cast<uint32_t>(event.userData);
      out->b = static_cast<uint32_t>(event.userData >> 32);
      return 1;
    case EventType::kCreate:
      if (!created(event, out)) return 0;
      break;
    default:
      if (!applyToRing(event, out)) return 0;
  }
  if (!isDelivered(out->kind)) return 0;
  if (found_.kind == 0 || !isDelivered(found_.kind)) return 1;
  out[1] = out[0];
  out[0] = found_;
  return 2;
}

bool Attribution::boundByHost(Prepared* prepared, EventRecord* out) {
  const RingBinding& binding = prepared->binding;
  // Between the start of the trace and the binding its creation was seen: that tells more.
  const uint32_t known = ringByCtx_.find(binding.ctx);
  if (known != FlatMap::kAbsent && rings_[known]->info.created && rings_[known]->info.pid == binding.pid &&
      rings_[known]->info.fd == binding.fd) {
    return false;
  }
  RingInfo info;
  info.id = binding.id;
  info.ctx = binding.ctx;
  info.pid = binding.pid;
  info.fd = binding.fd;
  info.sqEntries = binding.sqEntries;
  info.cqEntries = binding.cqEntries;
  Ring* const ring = bind(info, binding.requestsBefore);
  ring->older = std::move(prepared->older);
  for (const SqeView& sqe : ring->older) {
    if (sqe.selectsBuffer()) learnGroup(ring, sqe.bufGroup);
  }
  if (binding.sqEntries == 0) return false;
  out->kind = static_cast<uint8_t>(Kind::kRingCreate);
  out->provenance = static_cast<uint8_t>(Provenance::kFdinfo);
  out->ring = ring->info.id;
  describeRing(ring->info, out);
  return true;
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
  // A thread that has ended by now: of the one process that is looked at, or of a child of it. In that
  // process its fd is looked for; where it is not, the ring counts as closed.
  if (info.pid == 0 && selection_.pids.size() == 1) info.pid = selection_.pids.front();
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
  describeRing(ring->info, out);
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
  if (event.type == EventType::kSubmit) {
    submitted(event, ring, out);
  } else if (event.type == EventType::kReqFailed) {
    RequestFacts facts;
    facts.opcode = static_cast<uint8_t>(event.a);
    facts.fixedFile = (event.flags & kFixedFile) != 0;
    out->request = ring->requests.submit(event.userData, event.req, facts);
  } else if (event.type != EventType::kLocalWorkRun && event.type != EventType::kCqringWait) {
    ofRequest(event, ring, out);
  }
  return true;
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

void Attribution::noteClosed(uint16_t ringId) {
  const std::lock_guard lock(mutex_);
  for (const auto& ring : rings_) {
    if (ring->info.id == ringId) ring->isClosed.store(true, std::memory_order_relaxed);
  }
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
