#include "tracer/sqe_details.h"

#include <algorithm>

#include "base/error.h"

namespace ringlens {

SqeDetails::Known* SqeDetails::knownOf(uint16_t ring) {
  for (Known& known : known_) {
    if (known.ring == ring) return &known;
  }
  known_.push_back({ring, 0, true});
  return &known_.back();
}

std::optional<SqeView> SqeDetails::find(const RingInfo& ring, uint64_t userData, uint8_t opcode) {
  if (!on_ || ring.pid == 0 || ring.fd < 0) return std::nullopt;
  for (const auto& [id, map] : maps_) {
    if (id == ring.id) return map.findSqe(userData, opcode);
  }
  Known* const known = knownOf(ring.id);
  if (!known->usable) return std::nullopt;
  try {
    RingMap map = RingMap::open(ring.pid, ring.fd, ring.setupFlags);
    if (known->inode == 0) known->inode = map.inode();
    known->usable = known->inode == map.inode();  // else the fd is another ring's by now
    if (!known->usable) return std::nullopt;
    maps_.emplace_back(ring.id, std::move(map));
    return maps_.back().second.findSqe(userData, opcode);
  } catch (const Failure&) {
    known->usable = false;  // it was closed, or can't be looked at
    return std::nullopt;
  }
}

}  // namespace ringlens
