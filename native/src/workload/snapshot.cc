/** Reactor: snapshots, from which a reader can begin. */
#include "workload/reactor.h"

namespace ringlens {
namespace {

constexpr uint64_t kSnapshotIntervalNs = kNsPerSecond;

}  // namespace

/** Events of a snapshot, all of them. */
size_t Reactor::snapshotEvents() const {
  return 2 + group_->available().size() + held_->count() + counters_.connections.get();
}

/**
 * At least once a second, and right behind a `dropped` event: a loss ends only when both fit into the event
 * ring, so a reader never sees events that follow a gap without the state at its end.
 */
void Reactor::snapshotWhenDue() {
  if (!probe_.isOn()) return;
  const size_t wanted = snapshotEvents();
  if (probe_.isLosing()) {
    // A ring too small for any snapshot still gets its losses told.
    const size_t place = wanted < probe_.capacity() ? wanted : probe_.capacity() / 2;
    if (!probe_.resume(place)) {
      nextSnapshotNs_ = now_ + kNsPerMs;
      return;
    }
    nextSnapshotNs_ = now_;
  }
  if (now_ < nextSnapshotNs_) return;
  if (probe_.room() < wanted) {
    nextSnapshotNs_ = now_ + kNsPerMs;
    return;
  }
  writeSnapshot();
  nextSnapshotNs_ = now_ + kSnapshotIntervalNs;
}

void Reactor::writeSnapshot() {
  const auto bid = [this](uint32_t number, uint64_t userData, uint32_t bytes, BidState state) {
    probe_.write(Kind::kSnapshotBid, userData, static_cast<int32_t>(bytes), static_cast<uint32_t>(state),
                 number, group_->bgid());
  };
  probe_.write(Kind::kSnapshot, 0, 0, 0, static_cast<uint32_t>(snapshotEvents() - 2), 0);
  const BidList& available = group_->available();
  for (uint32_t b = available.front(); b != BidList::kEnd; b = available.next(b)) {
    bid(b, 0, group_->usedBytes(b), BidState::kAvailable);
  }
  for (uint32_t b = 0; b < held_->size(); b++) {
    const HeldBids::Bid& h = (*held_)[b];
    if (h.held) bid(b, h.userData, h.bytes, BidState::kHeld);
  }
  for (uint32_t slot = 0; slot < connections_.end(); slot++) {
    const Connection& c = connections_[slot];
    if (!c.isOpen()) continue;
    probe_.write(Kind::kSnapshotArm, recvUserData(slot), c.fd, c.recvInFlight ? 1 : 0, slot,
                 static_cast<uint32_t>(params_.transport), c.recvRequest);
  }
  probe_.write(Kind::kSnapshotEnd, 0, 0, 0, 0, 0);
}

}  // namespace ringlens
