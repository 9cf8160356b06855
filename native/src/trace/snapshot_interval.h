#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace ringlens {

/** At least once a second what is true is restated, for whoever begins to read there. */
inline constexpr uint64_t kSnapshotIntervalNs = kNsPerSecond;

/**
 * In a fast stream it comes sooner, so that nobody reads millions of events first: behind so many, where the
 * snapshot itself has `size` of them. At most one event in 64 restates.
 */
inline uint64_t snapshotIntervalEvents(size_t size) {
  return std::max<uint64_t>(131'072, uint64_t{64} * size);
}

}  // namespace ringlens
