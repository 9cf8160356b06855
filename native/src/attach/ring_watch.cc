#include "attach/ring_watch.h"

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "tracer/fdinfo.h"
#include "tracer/ring_map.h"

namespace ringlens {
namespace {

/** fdinfo prints every CQE that was not reaped, with the ring locked: of a ring that is so far behind it is
 * not asked. */
constexpr uint32_t kMostListedCqes = 1024;
constexpr uint32_t kNotTold = UINT32_MAX;

}  // namespace

void RingWatch::close(Probe* probe) const { probe->write(Kind::kRingClose, 0, fd_, 0, 0, 0); }

bool RingWatch::sample(const std::vector<uint16_t>& bgids, Probe* probe) {
  const uint64_t inode = ringInode(pid_, fd_);
  if (inode_ == 0) inode_ = inode;
  if (inode == 0 || inode != inode_) {
    close(probe);
    return false;
  }
  sampleState(probe);
  if (!bgids.empty() && mappable_) sampleGroups(bgids, probe);
  return true;
}

void RingWatch::sampleState(Probe* probe) {
  State state;
  state.overflow = kNotTold;
  bool isTold = false;
  uint32_t unreaped = 0;
  if (mappable_) {
    try {
      const RingMap map = RingMap::open(pid_, fd_, setupFlags_);
      if (map.inode() != inode_) return;  // closed this very moment: the next sample tells it
      const RingCounters counters = map.counters();
      state.cq = counters.cqHead | static_cast<uint64_t>(counters.cqTail) << 32;
      state.sqHead = counters.sqHead;
      state.sqTail = counters.sqTail;
      unreaped = counters.cqTail - counters.cqHead;
      isTold = true;
    } catch (const Failure& failure) {
      // ESRCH, EBADF: closed this very moment. Else it has no mapping (NO_MMAP) or is not ours to map.
      if (failure.errnum == ESRCH || failure.errnum == EBADF) return;
      mappable_ = false;
    }
  }
  if (unreaped <= kMostListedCqes) {
    if (const auto info = readRingFdinfo(pid_, fd_)) {
      if (!isTold) {
        state.cq = info->cqHead | static_cast<uint64_t>(info->cqTail) << 32;
        state.sqHead = info->sqHead;
        state.sqTail = info->sqTail;
        isTold = true;
      }
      if (info->complete) {
        state.polls = static_cast<int32_t>(info->polls.size());
        state.overflow = static_cast<uint32_t>(info->overflow.size());
      }
    }
  }
  const uint64_t now = monotonicNs();
  if (!isTold || (toldNs_ != 0 && state == told_ && now - toldNs_ < kNsPerSecond)) return;
  told_ = state;
  toldNs_ = now;
  probe->write(Kind::kRingState, state.cq, state.polls, state.overflow, state.sqHead, state.sqTail);
}

void RingWatch::sampleGroups(const std::vector<uint16_t>& bgids, Probe* probe) {
  for (const uint16_t bgid : bgids) {
    const bool isKnown =
        std::any_of(groups_.begin(), groups_.end(), [&](const auto& g) { return g.bgid() == bgid; });
    if (!isKnown) groups_.emplace_back(bgid);
  }
  try {
    const Fd ring = duplicateFd(pid_, fd_);
    if (inodeOf(ring) != inode_) return;
    for (GroupWatch& group : groups_) group.sample(ring, &mayAskHead_, probe);
  } catch (const Failure&) {
    // Closed this very moment: the next sample tells it.
  }
}

}  // namespace ringlens
