#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "tracer/kernel_event.h"

namespace ringlens {

/**
 * Puts the streams of the CPUs into one time order. Events wait here until the watermark has passed them: an
 * event of one CPU can be read after a later one of another.
 *
 *     CPU 0   . A . . B . . . |  C . .          taken: A D B E          left: C F
 *     CPU 1   . . . D . . E . |  . F .
 *                             ^ watermark
 *
 * An event that arrives behind the watermark is late: it is counted and goes out next, its time set to the
 * watermark, so that what goes out stays in order.
 */
class CpuQueues {
 public:
  void add(const KernelEvent& event) {
    if (event.cpu >= queues_.size()) queues_.resize(event.cpu + 1u);
    std::vector<KernelEvent>& events = queues_[event.cpu].events;
    events.push_back(event);
    if (event.tNs < watermark_) {
      events.back().tNs = watermark_;
      late_++;
    }
    // Mostly in order already; an interrupt between stamp and write can swap neighbours (perf).
    for (size_t i = events.size() - 1; i > queues_[event.cpu].taken && events[i - 1].tNs > events[i].tNs;
         i--) {
      std::swap(events[i - 1], events[i]);
    }
  }

  /** Gives every event before `watermark` to `take`, in time order. kForever: all. */
  template <typename F>
  void takeUntil(uint64_t watermark, F take) {
    for (;;) {
      // The queue with the earliest event, and how far it may run before another has its turn.
      Queue* first = nullptr;
      uint64_t second = watermark;
      for (Queue& queue : queues_) {
        if (queue.taken == queue.events.size()) continue;
        const uint64_t t = queue.events[queue.taken].tNs;
        if (first == nullptr || t < first->events[first->taken].tNs) {
          if (first != nullptr) second = std::min(second, first->events[first->taken].tNs);
          first = &queue;
        } else {
          second = std::min(second, t);
        }
      }
      if (first == nullptr || first->events[first->taken].tNs >= watermark) break;
      do {
        take(first->events[first->taken++]);
      } while (first->taken < first->events.size() && first->events[first->taken].tNs < second);
    }
    for (Queue& queue : queues_) {
      queue.events.erase(queue.events.begin(),
                         queue.events.begin() + static_cast<std::ptrdiff_t>(queue.taken));
      queue.taken = 0;
    }
    if (watermark != kForever) watermark_ = std::max(watermark_, watermark);
  }

  /** Nothing earlier goes out from here on. */
  uint64_t watermark() const { return watermark_; }
  uint64_t late() const { return late_; }

 private:
  struct Queue {
    std::vector<KernelEvent> events;
    size_t taken = 0;
  };
  std::vector<Queue> queues_;
  uint64_t watermark_ = 0;
  uint64_t late_ = 0;
};

}  // namespace ringlens
