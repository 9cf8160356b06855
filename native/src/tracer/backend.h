#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tracer/event_layouts.h"

namespace ringlens {

/** Takes what a back end reads. Called on the thread that calls Backend::read. */
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /** One record (it begins with common_type); records of one CPU come in time order, or nearly so. */
  virtual void record(unsigned cpu, uint64_t tNs, const uint8_t* data, size_t bytes) = 0;
  /** The kernel lost `events` on `cpu` between `sinceNs` and `untilNs`. */
  virtual void loss(unsigned cpu, uint64_t events, uint64_t sinceNs, uint64_t untilNs) = 0;
};

/** Which rings the kernel lets through, by ctx. */
struct RingFilter {
  enum class Mode : uint8_t {
    kEvery,   // all rings but `rings`
    kListed,  // only `rings`, and none while the list is empty
  };
  Mode mode = Mode::kEvery;
  std::vector<uint64_t> rings;
};

struct BackendConfig {
  uint32_t wanted =
      0;  // bitOf(EventType) of each tracepoint to switch on; those the kernel lacks are left out
  RingFilter filter;
  size_t bufferBytes = 0;  // for each CPU
};

/** What the kernel lost and the back end could keep, for Tracer::stats. */
struct BackendFacts {
  size_t bufferBytes = 0;  // for each CPU, as the kernel granted it
  unsigned cpus = 0;
  std::vector<std::string> notes;  // what is weaker than asked for, one sentence each
};

/**
 * A way to read the kernel's io_uring tracepoints, machine-wide, one stream for each CPU. The tracer is all
 * that knows that there are several; adding one is a class here and a line in choose.cc.
 *
 *     start() -> read() ... setRings() ... -> pause() -> read() -> close()
 *
 * Used by one thread at a time. close() is idempotent and runs in the destructor.
 */
class Backend {
 public:
  virtual ~Backend() = default;
  virtual const EventLayouts& layouts() const = 0;
  /** Throws Failure; then nothing is left behind. */
  virtual void start(const BackendConfig& config) = 0;
  /**
   * Another filter, with no gap: a ring listed before and after misses nothing. A back end that can't narrow
   * its filter afterwards lets more through; the caller sorts it out by ctx.
   */
  virtual void setRings(const RingFilter& filter) = 0;
  /** Reads, on each CPU, at least everything that was complete at `untilNs`. */
  virtual void read(uint64_t untilNs, RecordSink* sink) = 0;
  /** No event is recorded from here on; what was recorded can still be read. */
  virtual void pause() = 0;
  virtual BackendFacts facts() const = 0;
  virtual void close() = 0;
};

/**
 * Filter text for one tracepoint in the language of Documentation/trace/events.rst, the same for tracefs and
 * perf.
 * "" = no filter.
 */
std::string filterText(const Tracepoint& tracepoint, const RingFilter& filter);

}  // namespace ringlens
