#pragma once

#include <cstdint>

#include "trace/event_ring.h"
#include "trace/merger.h"
#include "trace/thread_ids.h"

namespace ringlens {

/**
 * Writes events of one thread into its EventRing, stamped with the time of the current batch. When it is off,
 * every call is one test of a flag. Used by the thread that owns it.
 *
 *     begin() -> stamp(ns) -> events ... -> publish()
 */
class Probe {
 public:
  Probe(EventRing* ring, Merger* merger, uint16_t thread, Provenance provenance = Provenance::kProbe)
      : ring_(ring), merger_(merger), thread_(thread), provenance_(provenance) {}

  bool isOn() const { return on_; }
  void setOn(bool on) { on_ = on; }
  void setRingId(uint16_t ringId) { ringId_ = ringId; }

  /** Before the clock is read for the events that follow. */
  void begin() {
    if (on_) ring_->beginBatch();
  }
  /** CLOCK_MONOTONIC ns of the events that follow; never less than before. */
  void stamp(uint64_t ns) { now_ = ns; }
  void publish() {
    if (on_ && ring_->publish() > 0) merger_->notify(*ring_);
  }

  bool isLosing() const { return on_ && ring_->isLosing(); }
  size_t room() { return ring_->room(); }
  size_t capacity() const { return ring_->capacity(); }
  uint64_t pushed() const { return ring_->pushed(); }
  /** Ends a loss with its `dropped` event once `wanted` events fit behind it. */
  bool resume(size_t wanted) { return ring_->resume(wanted, now_, thread_, ringId_); }

  void write(Kind kind, uint64_t userData, int32_t res, uint32_t flags, uint32_t a, uint32_t b,
             uint32_t request = 0) {
    if (on_) ring_->push(record(kind, userData, res, flags, a, b, request));
  }
  void write(const EventRecord& event) {
    if (on_) ring_->push(event);
  }

  /** An event of now, not written: also when it is off. */
  EventRecord record(Kind kind, uint64_t userData, int32_t res, uint32_t flags, uint32_t a, uint32_t b,
                     uint32_t request = 0) const {
    EventRecord e;
    e.tNs = now_;
    e.userData = userData;
    e.res = res;
    e.flags = flags;
    e.a = a;
    e.b = b;
    e.request = request;
    e.thread = thread_;
    e.ring = ringId_;
    e.kind = static_cast<uint8_t>(kind);
    e.provenance = static_cast<uint8_t>(provenance_);
    for (uint8_t& z : e.zero) z = 0;
    return e;
  }

 private:
  EventRing* const ring_;
  Merger* const merger_;
  const uint16_t thread_;
  const Provenance provenance_;
  uint16_t ringId_ = 0;
  uint64_t now_ = 0;
  bool on_ = false;
};

}  // namespace ringlens
