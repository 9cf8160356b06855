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

const RingMap* SqeDetails::mapOf(const RingInfo& ring) {
  if (!on_ || ring.pid == 0 || ring.fd < 0) return nullptr;
  for (const auto& [id, map] : maps_) {
    if (id == ring.id) return &map;
  }
  Known* const known = knownOf(ring.id);
  if (!known->usable) return nullptr;
  try {
    RingMap map = RingMap::open(ring.pid, ring.fd, ring.setupFlags);
    if (known->inode == 0) known->inode = map.inode();
    known->usable = known->inode == map.inode();  // else the fd is another ring's by now
    if (!known->usable) return nullptr;
    maps_.emplace_back(ring.id, std::move(map));
    return &maps_.back().second;
  } catch (const Failure&) {
    known->usable = false;  // it was closed, or can't be looked at
    return nullptr;
  }
}

std::optional<SqeView> SqeDetails::find(const RingInfo& ring, uint64_t userData, uint8_t opcode) {
  const RingMap* const map = mapOf(ring);
  return map != nullptr ? map->findSqe(userData, opcode) : std::nullopt;
}

}  // namespace ringlens
