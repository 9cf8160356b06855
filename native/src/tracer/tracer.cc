#include "tracer/tracer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "trace/snapshot_interval.h"
#include "tracer/choose.h"

namespace ringlens {
namespace {

constexpr int kReaderNice = -15;

}  // namespace

/** Decodes what the back end reads and queues it by CPU. */
class Tracer::Decoder final : public RecordSink {
 public:
  explicit Decoder(Tracer* tracer) : tracer_(tracer) {}

  void record(unsigned cpu, uint64_t tNs, const uint8_t* data, size_t bytes) override {
    KernelEvent event;
    if (!tracer_->backend_->layouts().decode(data, bytes, &event)) return;
    event.tNs = tNs;
    event.cpu = static_cast<uint16_t>(cpu);
    tracer_->queues_.add(event);
  }

  void loss(unsigned cpu, uint64_t events, uint64_t sinceNs, uint64_t untilNs) override {
    tracer_->lost_ += events;
    KernelEvent event;
    event.type = EventType::kLoss;
    event.tNs = untilNs;
    event.ctx = sinceNs;
    event.userData = events;
    event.cpu = static_cast<uint16_t>(cpu);
    tracer_->queues_.add(event);
  }

 private:
  Tracer* const tracer_;
};

Tracer::Tracer(Selection selection, EventRing* ring, std::function<void()> onPublish)
    : selection_(std::move(selection)),
      onPublish_(std::move(onPublish)),
      ring_(*ring),
      writtenBefore_(ring->written()),
      ringLostBefore_(ring->lost()),
      attribution_(selection_) {}

Tracer::~Tracer() { stop(); }

uint32_t Tracer::wanted(const Selection& selection) {
  uint32_t events = bitOf(EventType::kSubmit) | bitOf(EventType::kPollArm) | bitOf(EventType::kCqeOverflow) |
                    bitOf(EventType::kReqFailed) | bitOf(EventType::kCreate);
  if (selection.what == Selection::What::kAll) {
    events |= bitOf(EventType::kFileGet) | bitOf(EventType::kTaskAdd) | bitOf(EventType::kComplete) |
              bitOf(EventType::kTaskWorkRun) | bitOf(EventType::kLocalWorkRun) |
              bitOf(EventType::kCqringWait);
  }
  if (selection.scope == Selection::Scope::kProcesses) events |= bitOf(EventType::kFork);
  return events;
}

RingFilter Tracer::filter() const {
  if (selection_.scope == Selection::Scope::kRings) return {RingFilter::Mode::kListed, listed_};
  // New rings must pass before anyone knows their ctx, so the kernel only leaves out what is known to be
  // foreign.
  return {RingFilter::Mode::kEvery, excluded_};
}

void Tracer::start() {
  ChosenBackend chosen = chooseBackend(selection_.backend);
  backendName_ = chosen.name;
  backend_ = std::move(chosen.backend);
  const uint64_t now = monotonicNs();
  ring_.hold(now);
  for (const RingBinding& binding : selection_.rings) {
    listed_.push_back(binding.ctx);
    KernelEvent bind;
    bind.type = EventType::kBindRing;
    bind.tNs = now;
    bind.userData = attribution_.prepareBinding(binding);
    queues_.add(bind);
  }
  BackendConfig config;
  config.wanted = wanted(selection_);
  config.filter = filter();
  config.bufferBytes = selection_.bufferBytes;
  try {
    backend_->start(config);
  } catch (...) {
    ring_.hold(0);
    backend_.reset();
    throw;
  }
  attribution_.listThreads();
  {
    const std::lock_guard lock(mutex_);
    const BackendFacts facts = backend_->facts();
    stats_.backend = backendName_;
    stats_.bufferBytes = facts.bufferBytes;
    stats_.cpus = facts.cpus;
    stats_.notes = facts.notes;
    stats_.missing = backend_->layouts().missing();
  }
  thread_ = startThread("rl-tracer", [this] { run(); });
}

void Tracer::run() {
  // A reader that gets no CPU time loses events; it needs little of it. Not permitted without CAP_SYS_NICE:
  // then not.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kReaderNice);
  while (!stopping_.load()) {
    doorbell_.wait(selection_.readIntervalNs);
    bindPending();
    round(false);
  }
  backend_->pause();
  round(true);
  backend_->close();
}

void Tracer::addRing(const RingBinding& binding) {
  std::unique_lock lock(mutex_);
  if (!thread_.joinable() || stopping_.load()) throw Failure("EINVAL", "The tracer is not running.");
  const uint64_t done = bindings_ + pending_.size() + 1;
  pending_.push_back(binding);
  doorbell_.ring();
  bound_.wait(lock, [&] { return bindings_ >= done; });
  if (!bindError_.empty()) throw Failure("EIO", bindError_);
}

/** The ring counts from now on: a moment in the stream like any other, so that it stays in order with the
 * events. */
void Tracer::bindPending() {
  std::unique_lock lock(mutex_);
  if (pending_.empty()) return;
  std::vector<RingBinding> bindings;
  bindings.swap(pending_);
  lock.unlock();
  std::string error;
  KernelEvent bind;
  bind.type = EventType::kBindRing;
  bind.tNs = monotonicNs();
  for (const RingBinding& binding : bindings) {
    bind.userData = attribution_.prepareBinding(binding);
    queues_.add(bind);
    if (std::count(listed_.begin(), listed_.end(), binding.ctx) == 0) listed_.push_back(binding.ctx);
  }
  try {
    if (selection_.scope == Selection::Scope::kRings) {
      backend_->setRings(filter());
    } else {
      updateExclusions();  // it may have been taken for noise so far
    }
  } catch (const Failure& failure) {
    error = failure.message;
  }
  lock.lock();
  bindings_ += bindings.size();
  bindError_ = error;
  bound_.notify_all();
}

void Tracer::round(bool last) {
  // Before the reading: what is complete by now will have been read, on every CPU.
  const uint64_t now = monotonicNs();
  Decoder decoder(this);
  backend_->read(last ? kForever : now, &decoder);
  const uint64_t watermark = last ? kForever : std::max(queues_.watermark(), now - selection_.holdBackNs);
  queues_.takeUntil(watermark, [&](const KernelEvent& event) { deliver(event); });
  attribution_.endBatch();
  // Not stamped with now: what comes in the next round can be older.
  if (ring_.isLosing() && ring_.resume(ring_.capacity() / 4, std::min(watermark, now), 0, 0)) {
    nextSnapshotNs_ = 0;  // whoever reads on behind the gap begins there
  }
  const bool isDue = now >= nextSnapshotNs_ || ring_.pushed() >= nextSnapshotAt_;
  if (selection_.snapshots && !last && isDue) writeSnapshot(std::min(watermark, now));
  const size_t published = ring_.publish(last ? 0 : watermark);
  if (published > 0 && onPublish_) onPublish_();
  if (!last) {
    try {
      updateExclusions();
    } catch (const Failure&) {
      // Then the events are sorted out by ctx alone.
    }
  }
  updateStats();
}

void Tracer::updateExclusions() {
  uint64_t gapSinceNs = 0;
  if (!attribution_.takeExclusions(&excluded_, &gapSinceNs)) return;
  backend_->setRings(filter());
  if (gapSinceNs == 0) return;
  // How many are missing is not known; from when to when is.
  KernelEvent gap;
  gap.type = EventType::kLoss;
  gap.tNs = monotonicNs();
  gap.ctx = gapSinceNs;
  queues_.add(gap);
}

void Tracer::deliver(const KernelEvent& event) {
  EventRecord records[Attribution::kMostRecords];
  const unsigned n = attribution_.apply(event, records);
  for (unsigned i = 0; i < n; i++) ring_.push(records[i]);
}

/** One piece or nothing: half a snapshot would say that the rest is not there. */
void Tracer::writeSnapshot(uint64_t tNs) {
  attribution_.snapshot(tNs, &snapshot_);
  constexpr size_t kOfNothing = 2;
  if (snapshot_.size() == kOfNothing) return;  // then the first ring is restated at once
  nextSnapshotNs_ = monotonicNs() + kSnapshotIntervalNs;
  nextSnapshotAt_ = ring_.pushed() + snapshotIntervalEvents(snapshot_.size());
  if (ring_.isLosing() || ring_.room() < snapshot_.size()) return;
  for (const EventRecord& record : snapshot_) ring_.push(record);
  restated_ += snapshot_.size();
}

void Tracer::updateStats() {
  const Attribution::Counters counters = attribution_.counters();
  const std::lock_guard lock(mutex_);
  stats_.events = ring_.written() - writtenBefore_;
  stats_.restated = restated_;
  stats_.lost = lost_;
  stats_.ringLost = ring_.lost() - ringLostBefore_;
  stats_.late = queues_.late();
  stats_.ambiguous = counters.ambiguous;
  stats_.foreign = counters.foreign;
  stats_.readerCpuNs = clockNs(CLOCK_THREAD_CPUTIME_ID);
}

void Tracer::stop() {
  stopping_.store(true);
  doorbell_.ring();
  if (!thread_.joinable()) return;
  thread_.join();
  // Whoever still waits in addRing.
  const std::lock_guard lock(mutex_);
  bindings_ += pending_.size();
  pending_.clear();
  bindError_ = "The tracer was stopped.";
  bound_.notify_all();
}

TracerStats Tracer::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace ringlens
