#include "attach/sampler.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/thread.h"

namespace ringlens {
namespace {

/** How long an end waits at most between two looks at how far the tracer is. */
constexpr uint64_t kEndPollNs = 5 * kNsPerMs;

}  // namespace

Sampler::Sampler(std::vector<Target> targets, uint64_t intervalNs, SamplerContext context)
    : intervalNs_(intervalNs),
      context_(std::move(context)),
      probe_(context_.events, context_.merger, 0, Provenance::kFdinfo),
      targets_(std::move(targets)) {
  probe_.setOn(true);
  thread_ = startThread("rl-sampler", [this] { run(); });
}

Sampler::~Sampler() { stop(); }

void Sampler::stop() {
  stopping_.store(true);
  doorbell_.ring();
  if (thread_.joinable()) thread_.join();
}

void Sampler::run() {
  uint64_t next = intervalNs_ == 0 ? kForever : monotonicNs();
  while (!stopping_.load()) {
    const uint64_t now = monotonicNs();
    if (now >= next) {
      sample();
      next = monotonicNs() + intervalNs_;  // not since `now`: a slow machine shall not do nothing else
    }
    noteEnds();
    if (targets_.empty() && ended_.empty()) {
      context_.onAllEnded();
      return;
    }
    wait(ended_.empty() ? next : std::min(next, monotonicNs() + kEndPollNs));
  }
  if (intervalNs_ != 0) sample();  // what came since the last one
}

void Sampler::wait(uint64_t untilNs) {
  std::vector<pollfd> fds{{doorbell_.get(), POLLIN, 0}};
  for (const Target& target : targets_) fds.push_back({target.pidfd.get(), POLLIN, 0});
  const uint64_t now = monotonicNs();
  const timespec ts = toTimespec(untilNs == kForever || untilNs <= now ? 0 : untilNs - now);
  if (::ppoll(fds.data(), fds.size(), untilNs == kForever ? nullptr : &ts, nullptr) <= 0) return;
  // The time is taken after the end was seen, so that every event of the process is earlier.
  const uint64_t ended = monotonicNs();
  for (size_t i = fds.size() - 1; i >= 1; i--) {
    if (fds[i].revents == 0) continue;
    ended_.push_back({targets_[i - 1].pid, ended});
    targets_.erase(targets_.begin() + static_cast<std::ptrdiff_t>(i - 1));
  }
}

void Sampler::begin() {
  probe_.begin();
  const uint64_t now = monotonicNs();
  context_.events->hold(now);  // later events of others need not wait for more than this sample
  probe_.stamp(now);
  probe_.setRingId(0);
  if (probe_.isLosing()) probe_.resume(context_.events->capacity() / 4);
}

void Sampler::sample() {
  const std::vector<RingInfo> rings = context_.tracer->rings();
  watchNewRings(rings);
  for (size_t i = 0; i < watches_.size(); i++) {
    if (watches_[i] == nullptr) continue;
    begin();
    probe_.setRingId(rings[i].id);
    if (!watches_[i]->sample(rings[i].bgids, &probe_)) {
      watches_[i].reset();
      context_.tracer->noteClosed(rings[i].id);
    }
    probe_.publish();
  }
}

void Sampler::watchNewRings(const std::vector<RingInfo>& rings) {
  for (size_t i = watches_.size(); i < rings.size(); i++) {
    // Its fd was another ring's before: that one is closed.
    for (size_t j = 0; j < watches_.size(); j++) {
      if (watches_[j] == nullptr || rings[j].pid != rings[i].pid || rings[j].fd != rings[i].fd) continue;
      begin();
      probe_.setRingId(rings[j].id);
      watches_[j]->close(&probe_);
      context_.tracer->noteClosed(rings[j].id);
      watches_[j].reset();
      probe_.publish();
    }
    // Without a process it can't be looked at.
    watches_.push_back(rings[i].pid == 0 ? nullptr : std::make_unique<RingWatch>(rings[i]));
  }
}

void Sampler::noteEnds() {
  while (!ended_.empty()) {
    // What it did last is on its way still.
    if (context_.kernelEvents->earliestUnpublished(kForever) <= ended_.front().tNs) return;
    tellEnd(ended_.front().pid);
    ended_.erase(ended_.begin());
  }
}

void Sampler::tellEnd(int32_t pid) {
  const std::vector<RingInfo> rings = context_.tracer->rings();
  watchNewRings(rings);
  begin();
  for (size_t i = 0; i < watches_.size(); i++) {
    if (watches_[i] == nullptr || rings[i].pid != pid) continue;
    probe_.setRingId(rings[i].id);
    watches_[i]->close(&probe_);
    watches_[i].reset();
    context_.tracer->noteClosed(rings[i].id);
  }
  probe_.setRingId(0);
  probe_.write(Kind::kMark, 0, 0, 0, static_cast<uint32_t>(MarkCode::kProcessEnded),
               static_cast<uint32_t>(pid));
  probe_.publish();
}

}  // namespace ringlens
