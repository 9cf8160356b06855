#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tracer/backend.h"
#include "tracer/tracefs.h"

namespace ringlens {

/**
 * A directory below tracefs' instances/: ring buffers and switches of our own. It is removed with this
 * object; what a killed ringlens has left behind is removed when the next one starts.
 */
class TracefsInstance {
 public:
  /** Throws Failure. */
  explicit TracefsInstance(std::shared_ptr<TraceFs> tracefs);
  ~TracefsInstance();
  TracefsInstance(const TracefsInstance&) = delete;
  TracefsInstance& operator=(const TracefsInstance&) = delete;

  std::string path(const std::string& relative) const { return directory_ + "/" + relative; }
  /** Returns 0 or the errno. */
  int write(const std::string& relative, const std::string& text) const {
    return writeSmallFile(path(relative), text);
  }

 private:
  void removeStale() const;

  const std::shared_ptr<TraceFs> tracefs_;
  std::string directory_;
};

/**
 * Reads the raw pages of a private tracefs instance (trace_clock=mono, overwrite=0): the cheapest way that
 * needs nothing on the machine but root. Measured in TRACING.md, 1; own decoding of the pages (RingPage)
 * instead of libtraceevent: it is short and nothing has to be installed or linked.
 */
class TracefsBackend final : public Backend {
 public:
  explicit TracefsBackend(std::shared_ptr<TraceFs> tracefs);
  ~TracefsBackend() override;

  const EventLayouts& layouts() const override { return layouts_; }
  void start(const BackendConfig& config) override;
  void setRings(const RingFilter& filter) override;
  void read(uint64_t untilNs, RecordSink* sink) override;
  void pause() override;
  BackendFacts facts() const override;
  void close() override;

 private:
  struct Cpu {
    unsigned number;
    Fd pages;                // per_cpu/cpuN/trace_pipe_raw
    Fd stats;                // per_cpu/cpuN/stats
    uint64_t lost = 0;       // as reported so far
    uint64_t checkedNs = 0;  // when `lost` was read last
  };
  void set(const std::string& file, const std::string& value) const;
  void openCpus();
  void readPages(Cpu* cpu, uint64_t untilNs, RecordSink* sink);
  void readLosses(Cpu* cpu, RecordSink* sink);

  const std::shared_ptr<TraceFs> tracefs_;
  const EventLayouts layouts_;
  BackendConfig config_;
  std::unique_ptr<TracefsInstance> instance_;
  std::vector<Cpu> cpus_;  // behind instance_: an open file keeps the directory from being removed
  std::vector<uint8_t> page_;
};

}  // namespace ringlens
