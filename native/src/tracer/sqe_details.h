#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tracer/ring_map.h"
#include "tracer/selection.h"

namespace ringlens {

/**
 * Looks up in foreign rings what submit events don't tell: fd, ioprio, msg_flags, bgid. A ring is mapped for
 * one batch of events and released behind it (see RingMap). Used by the tracer's thread.
 */
class SqeDetails {
 public:
  explicit SqeDetails(bool on) : on_(on) {}

  std::optional<SqeView> find(const RingInfo& ring, uint64_t userData, uint8_t opcode);
  void release() { maps_.clear(); }

 private:
  struct Known {
    uint16_t ring;
    uint64_t inode;
    bool usable;
  };
  Known* knownOf(uint16_t ring);
  /** nullptr: it can't be looked at (any more). Valid until the next call. */
  const RingMap* mapOf(const RingInfo& ring);

  const bool on_;
  std::vector<std::pair<uint16_t, RingMap>> maps_;  // of this batch
  std::vector<Known> known_;
};

}  // namespace ringlens
