#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "tracer/file_mapping.h"

namespace ringlens {

/**
 * The mmap-ed buffer of one CPU into which all its perf events write: one page of control data
 * (perf_event_mmap_page), then 2^n pages of records. The kernel moves data_head, we move data_tail. Source:
 * include/uapi/linux/perf_event.h, perf_event_open(2), "MMAP layout".
 */
class PerfRing {
 public:
  PerfRing(unsigned cpu, Fd owner, FileMapping memory, size_t pageBytes)
      : cpu_(cpu), owner_(std::move(owner)), memory_(std::move(memory)), pageBytes_(pageBytes) {}

  unsigned cpu() const { return cpu_; }
  /** Other events are redirected to this one's buffer. */
  int owner() const { return owner_.get(); }
  size_t dataBytes() const { return memory_.bytes() - pageBytes_; }

  /** Calls `take(header, body)` for each record that is there now, until it returns false. */
  template <typename F>
  void read(F take) {
    auto* const control = reinterpret_cast<perf_event_mmap_page*>(memory_.data());
    const uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = control->data_tail;
    bool more = true;
    while (more && tail < head) {
      perf_event_header header;
      copy(tail, &header, sizeof header);
      if (header.size < sizeof header) break;
      more = take(header, body(tail + sizeof header, header.size - sizeof header));
      tail += header.size;
    }
    __atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
  }

  // Bookkeeping of the reader.
  uint64_t lastNs = 0;  // time of the latest record
  uint64_t lost = 0;    // as told by PERF_RECORD_LOST

 private:
  const uint8_t* data() const { return memory_.data() + pageBytes_; }
  void copy(uint64_t at, void* out, size_t bytes) const {
    const size_t offset = at & (dataBytes() - 1);
    const size_t first = bytes < dataBytes() - offset ? bytes : dataBytes() - offset;
    std::memcpy(out, data() + offset, first);
    std::memcpy(static_cast<uint8_t*>(out) + first, data(), bytes - first);
  }
  /** The bytes in one piece: where they are, or copied when they wrap. */
  const uint8_t* body(uint64_t at, size_t bytes) {
    const size_t offset = at & (dataBytes() - 1);
    if (offset + bytes <= dataBytes()) return data() + offset;
    scratch_.resize(bytes);
    copy(at, scratch_.data(), bytes);
    return scratch_.data();
  }

  const unsigned cpu_;
  const Fd owner_;
  const FileMapping memory_;
  const size_t pageBytes_;
  std::vector<uint8_t> scratch_;
};

}  // namespace ringlens
