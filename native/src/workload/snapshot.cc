/** Reactor: snapshots, from which a reader can begin. */
#include "trace/snapshot_interval.h"
#include "workload/reactor.h"

namespace ringlens {
namespace {

constexpr size_t kFraming = 2;      // snapshot, snapshot_end
constexpr size_t kDescription = 2;  // ring_create, group_register

}  // namespace

/** Events of a snapshot, all of them. */
size_t Reactor::snapshotEvents() const {
  return kFraming + kDescription + group_->available().size() + held_->count() + counters_.connections.get();
}

/**
 * As often as trace/snapshot_interval.h says, and right behind a `dropped` event: a loss ends only when both
 * fit into the event ring, so a reader never sees events that follow a gap without the state at its end.
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
  if (counters_.snapshotWanted.load(std::memory_order_relaxed)) {
    counters_.snapshotWanted.store(false, std::memory_order_relaxed);
    nextSnapshotNs_ = now_;
  }
  if (now_ < nextSnapshotNs_ && probe_.pushed() < nextSnapshotAt_) return;
  if (probe_.room() < wanted) {
    nextSnapshotNs_ = now_ + kNsPerMs;
    nextSnapshotAt_ = kForever;
    return;
  }
  writeSnapshot();
  nextSnapshotNs_ = now_ + kSnapshotIntervalNs;
  nextSnapshotAt_ = probe_.pushed() + snapshotIntervalEvents(wanted);
}

void Reactor::writeSnapshot() {
  const auto bid = [this](uint32_t number, uint64_t userData, uint32_t bytes, BidState state) {
    probe_.write(Kind::kSnapshotBid, userData, static_cast<int32_t>(bytes), static_cast<uint32_t>(state),
                 number, group_->bgid());
  };
  probe_.write(Kind::kSnapshot, 0, 0, 0, static_cast<uint32_t>(snapshotEvents() - kFraming), 0);
  describeRing();
  const BidList& available = group_->available();
  for (uint32_t node = available.front(); node != BidList::kEnd; node = available.next(node)) {
    const uint32_t b = available.bidOf(node);
    bid(b, 0, group_->usedBytes(b), BidState::kAvailable);
  }
  for (uint32_t b = 0; b < held_->size(); b++) {
    const HeldBids::Bid& h = (*held_)[b];
    if (h.held) bid(b, h.userData, h.bytes, BidState::kHeld);
  }
  const uint32_t shape =
      (params_.mode == Mode::kMultishot ? static_cast<uint32_t>(SnapshotArmFlag::kMultishot) : 0) |
      (params_.bundle ? static_cast<uint32_t>(SnapshotArmFlag::kBundle) : 0) |
      (params_.op == Op::kRecvmsg ? static_cast<uint32_t>(SnapshotArmFlag::kRecvmsg) : 0);
  for (uint32_t slot = 0; slot < connections_.end(); slot++) {
    const Connection& c = connections_[slot];
    if (!c.isOpen()) continue;
    const uint32_t flags = shape | (c.recvInFlight ? static_cast<uint32_t>(SnapshotArmFlag::kArmed) : 0) |
                           (c.firstSlot + 1) << kFirstSlotShift;
    probe_.write(Kind::kSnapshotArm, recvUserData(slot), c.fd, flags, slot,
                 static_cast<uint32_t>(params_.transport) | (group_->bgid() << 16), c.recvRequest);
  }
  probe_.write(Kind::kSnapshotEnd, 0, 0, 0, 0, 0);
}

}  // namespace ringlens
