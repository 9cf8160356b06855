#include "trace/merger.h"

#include <algorithm>

#include "base/clock.h"
#include "base/thread.h"

namespace ringlens {

Merger::Merger(std::vector<MergerInput> inputs, BlockQueue* queue, uint64_t flushIntervalNs,
               std::function<void()> onBlocks, SummaryOf summaryOf)
    : inputs_(std::move(inputs)),
      queue_(queue),
      flushIntervalNs_(flushIntervalNs),
      onBlocks_(std::move(onBlocks)),
      packer_(summaryOf) {
  pending_.reserve(kBlockEvents * 2);
  for (const MergerInput& input : inputs_) {
    leastWakeEvents_ = std::min(leastWakeEvents_, input.ring->capacity() / 2);
  }
  wakeEvents_.store(leastWakeEvents_);
  thread_ = startThread("rl-merger", [this] { run(); });
}

Merger::~Merger() { stop(); }

void Merger::stop() {
  stopping_.store(true);
  doorbell_.ring();
  if (thread_.joinable()) thread_.join();
}

void Merger::wake() {
  // Whoever takes the flag rings: one system call for each sleep.
  if (idle_.exchange(false) || collecting_.exchange(false)) doorbell_.ring();
}

bool Merger::hasEvents() const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [](const MergerInput& i) { return i.ring->readable() > 0; });
}

void Merger::run() {
  while (!stopping_.load()) {
    if (!hasEvents()) {
      idle_.store(true, std::memory_order_seq_cst);
      if (!hasEvents() && !stopping_.load()) doorbell_.wait(kForever);
      idle_.store(false, std::memory_order_seq_cst);
      if (stopping_.load()) break;
    }
    collecting_.store(true);
    doorbell_.wait(flushIntervalNs_);
    collecting_.store(false);
    if (queue_->isFull()) {
      onBlocks_();
      doorbell_.wait(flushIntervalNs_);
      continue;
    }
    collect(false);
    noteWaiting();
    cut();
    if (queued_) onBlocks_();
    queued_ = false;
  }
  collect(true);
  cut();
  onBlocks_();
}

/** Events that wait for those of a later producer (the tracer) can't be taken sooner by waking earlier. */
void Merger::noteWaiting() {
  size_t most = 0;
  for (const MergerInput& input : inputs_) most = std::max(most, input.ring->readable());
  wakeEvents_.store(most + leastWakeEvents_, std::memory_order_relaxed);
}

void Merger::collect(bool last) {
  const uint64_t now = monotonicNs();
  const size_t n = inputs_.size();
  uint64_t bounds[4];
  size_t unread[4];
  for (size_t i = 0; i < n; i++) {
    bounds[i] = last ? kForever : inputs_[i].ring->earliestUnpublished(now);
    unread[i] = inputs_[i].ring->readable();
  }
  for (;;) {
    if (!last && queue_->isFull()) return;
    // The input with the earliest event, and how far it may run before another one has its turn.
    size_t best = n;
    for (size_t i = 0; i < n; i++) {
      if (unread[i] == 0) continue;
      if (best == n || inputs_[i].ring->peek(0).tNs <= inputs_[best].ring->peek(0).tNs) best = i;
    }
    if (best == n) break;
    uint64_t limit = kForever;
    bool limitIsTurn = false;  // the limit is another input's next event, which goes first at equal stamps
    for (size_t i = 0; i < n; i++) {
      if (i == best) continue;
      const uint64_t other = unread[i] > 0 ? inputs_[i].ring->peek(0).tNs : bounds[i];
      if (other < limit) {
        limit = other;
        limitIsTurn = unread[i] > 0 && i > best;
      }
    }
    EventRing* const ring = inputs_[best].ring;
    const size_t room = kBlockEvents - std::min(kBlockEvents, pending_.size());
    size_t run = 0;
    while (run < unread[best] && run < room) {
      const EventRecord& e = ring->peek(run);
      if (e.tNs > limit || (limitIsTurn && e.tNs == limit)) break;
      // `a` events and the snapshot_end follow; they were published together.
      run += e.kind == static_cast<uint8_t>(Kind::kSnapshot) ? e.a + 2 : 1;
    }
    run = std::min(run, unread[best]);
    if (run == 0 && room > 0) break;
    take(ring, run);
    unread[best] -= run;
    if (pending_.size() >= kBlockEvents) cut();
  }
  if (!last) return;
  for (const MergerInput& input : inputs_) {
    EventRecord loss;
    if (!input.ring->takeFinalLoss(monotonicNs(), input.thread, input.ringId, &loss)) continue;
    pending_.push_back(loss);
    added_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Merger::take(EventRing* ring, size_t events) {
  for (size_t i = 0; i < events; i++) pending_.push_back(ring->peek(i));
  ring->consume(events);
}

void Merger::cut() {
  if (pending_.empty()) return;
  queue_->push(packer_.pack(pending_.data(), pending_.size(), seq_));
  seq_ += pending_.size();
  pending_.clear();
  queued_ = true;
}

}  // namespace ringlens
