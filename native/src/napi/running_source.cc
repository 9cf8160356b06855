#include "napi/running_source.h"

#include <utility>

#include "base/thread.h"
#include "napi/at_exit.h"

namespace ringlens {
namespace {

constexpr size_t kQueueBytes = 32u << 20;

}  // namespace

RunningSource::RunningSource(std::function<void()> doorbell)
    : doorbell_(std::move(doorbell)), queue_(kQueueBytes) {}

RunningSource::~RunningSource() { forgetAtExit(this); }

void RunningSource::hasStarted() {
  started_ = true;
  endAtExit(this, [this] { endNow(); });
}

void RunningSource::beginClose() {
  if (released_) return;
  requestStop();
  startCloser([] {});
}

void RunningSource::endNow() {
  if (released_ || !started_) return;
  requestStop();
  if (closer_.joinable()) closer_.join();
  if (ended_.load()) return;
  joinAll();
  ended_.store(true);
}

void RunningSource::release() {
  if (released_) return;
  forgetAtExit(this);
  endNow();
  freeAll();
  released_ = true;
}

void RunningSource::startCloser(std::function<void()> before) {
  if (closer_.joinable() || ended_.load()) return;
  closer_ = startThread("rl-closer", [this, before = std::move(before)] {
    before();
    requestStop();
    joinAll();
    ended_.store(true);
    doorbell_();
  });
}

void RunningSource::setOver(std::optional<Failure> failure) {
  failure_ = std::move(failure);
  over_.store(true);
  doorbell_();
}

}  // namespace ringlens
