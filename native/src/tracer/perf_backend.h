#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tracer/backend.h"
#include "tracer/perf_ring.h"
#include "tracer/tracefs.h"

namespace ringlens {

/**
 * perf_event_open(2), machine-wide: one event for each tracepoint and CPU, all of a CPU writing into one
 * buffer. For machines where tracefs can be read but not written; costs about three times the tracefs back
 * end (TRACING.md, 1).
 *
 * A perf event takes a filter once and for all (kernel/trace/trace_events_filter.c: ftrace_profile_set_filter
 * says EEXIST to a second one), so each addition of rings opens a further set of events whose filter names
 * only the new ones.
 */
class PerfBackend final : public Backend {
 public:
  explicit PerfBackend(std::shared_ptr<TraceFs> tracefs);
  ~PerfBackend() override;

  /** Tries to open the event as start() would. Returns 0 or the errno. */
  static int probe(const EventLayouts& layouts);

  const EventLayouts& layouts() const override { return layouts_; }
  void start(const BackendConfig& config) override;
  void setRings(const RingFilter& filter) override;
  void read(uint64_t untilNs, RecordSink* sink) override;
  void pause() override;
  BackendFacts facts() const override;
  void close() override;

 private:
  struct Event {
    Fd fd;
    size_t ring;  // index in rings_
  };
  /** Events with one filter. `rings` is empty for those that no ring filter applies to. */
  struct EventSet {
    std::vector<uint64_t> rings;
    std::vector<Event> events;
  };
  void openRings();
  void openSet(const RingFilter& filter, bool filtered);
  void readLost(PerfRing* ring, const uint8_t* body, size_t bytes, RecordSink* sink);
  void readFinalLosses(RecordSink* sink);
  void retire(const EventSet& set);
  static uint64_t lostOf(const Event& event);

  const EventLayouts layouts_;
  BackendConfig config_;
  std::vector<std::string> notes_;
  std::vector<std::unique_ptr<PerfRing>> rings_;  // one for each CPU
  std::vector<EventSet> sets_;
  std::vector<uint64_t> retiredLost_;  // by ring: PERF_FORMAT_LOST of closed events
  bool paused_ = false;
};

}  // namespace ringlens
