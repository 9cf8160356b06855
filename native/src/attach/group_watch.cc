#include "attach/group_watch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/pbuf_status.h"

namespace ringlens {
namespace {

// include/uapi/linux/io_uring.h; liburing 2.3 lacks them.
constexpr uint64_t kOffPbufRing = 0x80000000ull;  // IORING_OFF_PBUF_RING, Linux 6.4
constexpr unsigned kOffPbufShift = 16;
constexpr size_t kTailOffset = 14;  // struct io_uring_buf_ring: bufs[0].resv is the tail
constexpr uint32_t kMostEntries = 32768;

size_t pageBytes() {
  static const auto kBytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return kBytes;
}

FileMapping mapBytes(const Fd& ring, uint16_t bgid, size_t bytes) {
  const uint64_t offset = kOffPbufRing | static_cast<uint64_t>(bgid) << kOffPbufShift;
  return FileMapping::whole(ring.get(), bytes, static_cast<off_t>(offset));
}

uint32_t powerOfTwoFrom(uint32_t least) {
  uint32_t power = 1;
  while (power < least) power *= 2;
  return power;
}

uint16_t loadTail(const FileMapping& mapping) {
  return __atomic_load_n(reinterpret_cast<const uint16_t*>(mapping.data() + kTailOffset), __ATOMIC_ACQUIRE);
}

}  // namespace

/** struct io_uring_buf. */
struct GroupWatch::Entry {
  uint64_t address;
  uint32_t length;
  uint16_t bid;
  uint16_t reserved;

  static Entry at(const FileMapping& mapping, uint32_t index) {
    Entry entry;
    std::memcpy(&entry, mapping.data() + index * sizeof entry, sizeof entry);
    return entry;
  }
  bool isFilled() const { return address != 0 || length != 0; }
};

void GroupWatch::sample(const Fd& ring, bool* mayAskHead, Probe* probe) {
  Sampled sampled;
  askHead(ring, mayAskHead, &sampled);
  const FileMapping mapping = map(ring);
  if (mapping) {
    readEntries(mapping, &sampled, probe);
  } else if (mappedBytes_ > 0) {
    sampled.isGone = true;
  }
  if (sampled.hasHead && !isRegistered_) registered(0, 0, probe);
  if (sampled.isGone && isRegistered_) {
    probe->write(Kind::kGroupUnregister, 0, 0, 0, bgid_, 0);
    *this = GroupWatch(bgid_);
    return;
  }
  if (sampled.hasHead || sampled.hasTail) tell(sampled, probe);
}

void GroupWatch::askHead(const Fd& ring, bool* mayAskHead, Sampled* sampled) {
  if (!*mayAskHead || !hasStatus_) return;
  PbufStatus status;
  status.bgid = bgid_;
  if (::syscall(SYS_io_uring_register, ring.get(), kRegisterPbufStatus, &status, 1) == 0) {
    sampled->hasHead = true;
    sampled->head = static_cast<uint16_t>(status.head);
  } else if (errno == ENOENT) {
    sampled->isGone = true;
  } else if (errno == EINVAL) {
    hasStatus_ = false;  // a group of PROVIDE_BUFFERS, or a kernel before 6.8
  } else {
    *mayAskHead = false;  // EEXIST: IORING_SETUP_SINGLE_ISSUER
  }
}

FileMapping GroupWatch::map(const Fd& ring) {
  if (mappedBytes_ > 0) return mapBytes(ring, bgid_, mappedBytes_);
  const uint64_t now = monotonicNs();
  if (now < nextTryNs_) return {};
  nextTryNs_ = now + kNsPerSecond;
  return findSize(ring);
}

FileMapping GroupWatch::findSize(const Fd& ring) {
  // From the longest on: that of one page only may be too short.
  for (size_t bytes = size_t{kMostEntries} * sizeof(Entry); bytes >= pageBytes(); bytes /= 2) {
    FileMapping mapping = mapBytes(ring, bgid_, bytes);
    if (!mapping) continue;
    mappedBytes_ = bytes;
    return mapping;
  }
  return {};
}

void GroupWatch::readEntries(const FileMapping& mapping, Sampled* sampled, Probe* probe) {
  const uint16_t tail = loadTail(mapping);
  sampled->hasTail = true;
  sampled->tail = tail;
  const auto capacity = static_cast<uint32_t>(mapping.bytes() / sizeof(Entry));
  if (!isCertain_) {
    uint32_t filled = 0;
    for (uint32_t i = 0; i < capacity; i++) {
      if (Entry::at(mapping, i).isFilled()) filled = i + 1;
    }
    if (filled == 0) return;
    // Of several pages the ring fills more than half, so it fills them all.
    entries_ = mapping.bytes() > pageBytes() ? capacity : powerOfTwoFrom(filled);
    isCertain_ = mapping.bytes() > pageBytes() || (filled == entries_ && filled != tail);
  }
  if (!isRegistered_) {
    std::vector<bool> seen(UINT16_MAX + 1);
    uint32_t bids = 0, longest = 0;
    for (uint32_t i = 0; i < entries_; i++) {
      const Entry entry = Entry::at(mapping, i);
      if (!entry.isFilled()) continue;
      longest = std::max(longest, entry.length);
      bids += seen[entry.bid] ? 0 : 1;
      seen[entry.bid] = true;
    }
    registered(longest, bids, probe);
  }
  // At first, what lies between head and tail: these are available now.
  if (!hasTail_ && sampled->hasHead) {
    tail_ = sampled->head;
    hasTail_ = true;
  }
  if (hasTail_) {
    const auto added = static_cast<uint16_t>(tail - tail_);
    // What lay longer ago than one turn is written over.
    const uint32_t readable = std::min<uint32_t>(added, entries_);
    for (uint32_t back = readable; back > 0; back--) {
      const auto position = static_cast<uint16_t>(tail - back);
      const Entry entry = Entry::at(mapping, position & (entries_ - 1));
      // Written over while it was read: the next sample has it.
      if (static_cast<uint16_t>(loadTail(mapping) - position) > entries_) continue;
      probe->write(Kind::kReplenish, 0, static_cast<int32_t>(entry.length), 0, entry.bid, bgid_);
    }
  }
  tail_ = tail;
  hasTail_ = true;
}

void GroupWatch::registered(uint32_t bufferBytes, uint32_t buffers, Probe* probe) {
  isRegistered_ = true;
  probe->write(Kind::kGroupRegister, 0, static_cast<int32_t>(bufferBytes), 0, bgid_, buffers);
}

void GroupWatch::tell(const Sampled& sampled, Probe* probe) {
  const uint32_t flags = (sampled.hasHead ? static_cast<uint32_t>(GroupStateFlag::kHead) : 0) |
                         (sampled.hasTail ? static_cast<uint32_t>(GroupStateFlag::kTail) : 0);
  const uint32_t places = sampled.head | static_cast<uint32_t>(sampled.tail) << 16;
  const uint64_t now = monotonicNs();
  const uint64_t told = static_cast<uint64_t>(flags) << 32 | places;
  if (told == told_ && now - toldNs_ < kNsPerSecond) return;
  told_ = told;
  toldNs_ = now;
  probe->write(Kind::kGroupState, 0, isCertain_ ? static_cast<int32_t>(entries_) : 0, flags, bgid_, places);
}

}  // namespace ringlens
