#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "trace/probe.h"
#include "tracer/file_mapping.h"

namespace ringlens {

/**
 * One buffer group of another process. Its buffer ring can be mapped where the kernel has allocated it
 * (IOU_PBUF_RING_MMAP); the head is told by IORING_REGISTER_PBUF_STATUS, which runs nothing of the target
 * (MULTISHOT.md, 2.2).
 *
 *     position    0  1  2  3 | 4  5  6  7 | 8  9 ...     16 bits, each addition is the next one
 *     entry       0  1  2  3 | 0  1  2  3 | 0  1         position & (entries - 1)
 *     tail = 10, entries = 4: positions 6 .. 9 can still be read, what lay there before can't
 *
 * Nobody tells the number of entries. They are filled from 0 on, so it is the power of two behind the last
 * one that was ever filled; until the tail has gone on from there it may be more, which no position needs.
 * Used by the sampler's thread.
 */
class GroupWatch {
 public:
  explicit GroupWatch(uint16_t bgid) : bgid_(bgid) {}
  uint16_t bgid() const { return bgid_; }

  /** `ring`: a duplicate of the ring's fd. `mayAskHead` becomes false on rings that take calls of one task
   * only. */
  void sample(const Fd& ring, bool* mayAskHead, Probe* probe);

 private:
  struct Entry;
  struct Sampled {
    bool hasHead = false, hasTail = false, isGone = false;
    uint16_t head = 0, tail = 0;
  };
  void askHead(const Fd& ring, bool* mayAskHead, Sampled* sampled);
  FileMapping map(const Fd& ring);
  FileMapping findSize(const Fd& ring);
  void readEntries(const FileMapping& mapping, Sampled* sampled, Probe* probe);
  void registered(uint32_t bufferBytes, uint32_t buffers, Probe* probe);
  void tell(const Sampled& sampled, Probe* probe);

  uint16_t bgid_;
  bool isRegistered_ = false;  // told
  bool hasStatus_ = true;      // its head may be asked for
  size_t mappedBytes_ = 0;     // 0: can't be mapped, so far as we know
  uint64_t nextTryNs_ = 0;     // to map it
  uint32_t entries_ = 0;       // a power of two; 0: none was seen
  bool isCertain_ = false;     // of entries_
  bool hasTail_ = false;       // tail_ is that of the sample before
  uint16_t tail_ = 0;
  uint64_t told_ = UINT64_MAX;
  uint64_t toldNs_ = 0;
};

}  // namespace ringlens
