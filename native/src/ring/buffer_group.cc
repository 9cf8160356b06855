#include "ring/buffer_group.h"

#include "base/pbuf_status.h"

namespace ringlens {

BufferGroup::BufferGroup(uint16_t bgid, uint32_t buffers, uint32_t bufferSize)
    : available_(buffers),
      bgid_(bgid),
      buffers_(buffers),
      bufferSize_(bufferSize),
      memory_(static_cast<size_t>(buffers) * bufferSize) {}

BufRing::BufRing(Ring& ring, uint16_t bgid, uint32_t buffers, uint32_t bufferSize, bool incremental)
    : BufferGroup(bgid, buffers, bufferSize), ringFd_(ring.fd()), memory_(buffers * sizeof(io_uring_buf)) {
  io_uring_buf_ring_init(entries());
  BufReg reg{};
  reg.ringAddr = reinterpret_cast<uint64_t>(entries());
  reg.ringEntries = buffers;
  reg.bgid = bgid;
  reg.flags = incremental ? kPbufRingInc : 0;
  const int ret = io_uring_register(static_cast<unsigned>(ringFd_), kRegisterPbufRing, &reg, 1);
  if (ret < 0) throw systemFailure(ret, "io_uring_register", "The buffer ring could not be registered.");
  if (incremental) used_ = std::make_unique<uint32_t[]>(buffers);
}

BufRing::~BufRing() {
  BufReg reg{};
  reg.bgid = bgid();
  io_uring_register(static_cast<unsigned>(ringFd_), kUnregisterPbufRing, &reg, 1);
}

void BufRing::give(uint32_t bid) {
  io_uring_buf_ring_add(entries(), address(bid), bufferSize(), static_cast<unsigned short>(bid),
                        io_uring_buf_ring_mask(buffers()), given_);
  if (used_ != nullptr) used_[bid] = 0;
  given_++;
  available_.append(bid);
}

/**
 * A ring that is full has no room for one entry more: it is written over the oldest one that the kernel has
 * not picked (MULTISHOT-CASES.md, d: "more adds than ring entries"). What the kernel has picked is asked,
 * since its CQEs may not be reaped yet; a kernel that does not tell (before 6.8) is taken to have picked what
 * was reaped.
 */
uint32_t BufRing::giveAgain(uint32_t bid) {
  flush();
  uint32_t inKernel = available_.size();
  PbufStatus status;
  status.bgid = bgid();
  if (io_uring_register(static_cast<unsigned>(ringFd_), kRegisterPbufStatus, &status, 1) == 0) {
    inKernel = static_cast<uint16_t>(tail_ - static_cast<uint16_t>(status.head));
  }
  uint32_t lost = BidList::kAbsent;
  // In a ring that was filled more than once over, all places that are a ring's length apart are one entry.
  for (uint32_t back = buffers(); back <= inKernel && back <= available_.size(); back += buffers()) {
    const uint32_t node = available_.at(available_.size() - back);
    if (available_.bidOf(node) != bid) lost = available_.bidOf(node);
    available_.replace(node, bid);
  }
  give(bid);
  return lost;
}

void BufRing::flush() {
  if (given_ == 0) return;
  tail_ = static_cast<uint16_t>(tail_ + given_);
  io_uring_buf_ring_advance(entries(), given_);
  given_ = 0;
}

void LegacyGroup::give(uint32_t bid) {
  available_.append(bid);
  if (!runs_.empty() && runs_.back().first + runs_.back().count == bid) {
    runs_.back().count++;
  } else {
    runs_.push_back(BidRun{bid, 1});
  }
}

bool LegacyGroup::nextRun(BidRun* run) {
  if (taken_ == runs_.size()) {
    runs_.clear();
    taken_ = 0;
    return false;
  }
  *run = runs_[taken_++];
  return true;
}

}  // namespace ringlens
