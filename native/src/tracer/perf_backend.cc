#include "tracer/perf_backend.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/clock.h"
#include "base/error.h"

// Linux 6.0; the headers that we build with can be older than the kernel that we run on.
#ifndef PERF_FORMAT_LOST
#define PERF_FORMAT_LOST (1U << 4)
#endif

namespace ringlens {
namespace {

constexpr uint64_t kSampleType = PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;

perf_event_attr attributes(uint32_t type, uint64_t config) {
  perf_event_attr attr;
  std::memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  attr.sample_period = 1;
  attr.sample_type = kSampleType;
  attr.sample_id_all = 1;  // PERF_RECORD_LOST carries its time
  attr.read_format = PERF_FORMAT_LOST;
  attr.disabled = 1;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  // We wake by time; a wake-up for each event above a mark cut the traced server to a sixth (TRACING.md,
  // Sizing).
  attr.watermark = 1;
  attr.wakeup_watermark = 0x7fffffff;
  return attr;
}

/** -1 and errno when it is refused. Before Linux 6.0 there is no PERF_FORMAT_LOST. */
int openEvent(uint32_t type, uint64_t config, unsigned cpu) {
  perf_event_attr attr = attributes(type, config);
  const auto open = [&] {
    return static_cast<int>(
        ::syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC));
  };
  int fd = open();
  if (fd < 0 && errno == EINVAL) {
    attr.read_format = 0;
    fd = open();
  }
  return fd;
}

/** "0-3,8" → 0 1 2 3 8. */
std::vector<unsigned> onlineCpus() {
  std::vector<unsigned> cpus;
  std::istringstream ranges(readSmallFile("/sys/devices/system/cpu/online").value_or("0"));
  std::string range;
  while (std::getline(ranges, range, ',')) {
    unsigned from = 0, to = 0;
    const int n = std::sscanf(range.c_str(), "%u-%u", &from, &to);
    if (n < 1) continue;
    for (unsigned cpu = from; cpu <= (n == 2 ? to : from); cpu++) cpus.push_back(cpu);
  }
  return cpus;
}

uint64_t u64At(const uint8_t* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

}  // namespace

PerfBackend::PerfBackend(std::shared_ptr<TraceFs> tracefs)
    : layouts_([&](const std::string& event) { return tracefs->readFormat(event); }) {}

PerfBackend::~PerfBackend() { close(); }

int PerfBackend::probe(const EventLayouts& layouts) {
  if (layouts.tracepoints().empty()) return ENOENT;
  const Fd fd(openEvent(PERF_TYPE_TRACEPOINT, layouts.tracepoints()[0].id, onlineCpus()[0]));
  return fd ? 0 : errno;
}

void PerfBackend::start(const BackendConfig& config) {
  config_ = config;
  try {
    openRings();
    openSet(config.filter, false);
    if (config.filter.mode == RingFilter::Mode::kEvery || !config.filter.rings.empty())
      openSet(config.filter, true);
  } catch (...) {
    close();
    throw;
  }
}

/** A dummy event owns each CPU's buffer, so that the others can come and go. */
void PerfBackend::openRings() {
  const auto pageBytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_t bytes = pageBytes;
  while (bytes * 2 <= config_.bufferBytes) bytes *= 2;
  for (const unsigned cpu : onlineCpus()) {
    Fd owner(openEvent(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY, cpu));
    if (!owner) throw systemFailure(errno, "perf_event_open", "perf events are not permitted here.");
    FileMapping memory;
    // Beyond perf_event_mlock_kb it counts as locked memory: take what is granted.
    for (; !memory && bytes >= pageBytes; bytes /= 2) {
      memory = FileMapping(owner.get(), pageBytes + bytes, PROT_READ | PROT_WRITE);
      if (memory) break;
    }
    if (!memory)
      throw systemFailure(errno, "mmap",
                          "The kernel gives no buffer for perf events (see perf_event_mlock_kb).");
    rings_.push_back(std::make_unique<PerfRing>(cpu, std::move(owner), std::move(memory), pageBytes));
    rings_.back()->lastNs = monotonicNs();
  }
  if (bytes * 2 <= config_.bufferBytes) {
    notes_.push_back("The kernel granted " + std::to_string(bytes / 1024) + " KiB a CPU instead of " +
                     std::to_string(config_.bufferBytes / 1024) +
                     " KiB; raise kernel.perf_event_mlock_kb or give CAP_IPC_LOCK.");
  }
  retiredLost_.resize(rings_.size());
}

void PerfBackend::openSet(const RingFilter& filter, bool filtered) {
  EventSet set;
  if (filtered && filter.mode == RingFilter::Mode::kListed) set.rings = filter.rings;
  for (const Tracepoint& tracepoint : layouts_.tracepoints()) {
    if ((config_.wanted & bitOf(tracepoint.type)) == 0) continue;
    const bool byRing = tracepoint.hasContext && tracepoint.type != EventType::kCreate &&
                        tracepoint.type != EventType::kRegister;
    if (byRing != filtered) continue;
    const std::string text = filterText(tracepoint, filter);
    for (size_t i = 0; i < rings_.size(); i++) {
      Fd fd(openEvent(PERF_TYPE_TRACEPOINT, tracepoint.id, rings_[i]->cpu()));
      if (!fd)
        throw systemFailure(errno, "perf_event_open",
                            "A perf event of " + tracepoint.path + " can't be opened.");
      if (!text.empty() && ::ioctl(fd.get(), PERF_EVENT_IOC_SET_FILTER, text.c_str()) != 0) {
        throw systemFailure(errno, "ioctl", "The kernel did not take the filter " + text + ".");
      }
      if (::ioctl(fd.get(), PERF_EVENT_IOC_SET_OUTPUT, rings_[i]->owner()) != 0) {
        throw systemFailure(errno, "ioctl", "A perf event can't be redirected to the buffer of its CPU.");
      }
      set.events.push_back({std::move(fd), i});
    }
  }
  for (const Event& event : set.events) ::ioctl(event.fd.get(), PERF_EVENT_IOC_ENABLE, 0);
  sets_.push_back(std::move(set));
}

void PerfBackend::setRings(const RingFilter& filter) {
  if (filter.mode != RingFilter::Mode::kListed || config_.filter.mode != RingFilter::Mode::kListed) return;
  const auto listed = [&](uint64_t ctx) {
    return std::count(filter.rings.begin(), filter.rings.end(), ctx) > 0;
  };
  RingFilter added{RingFilter::Mode::kListed, {}};
  for (const uint64_t ctx : filter.rings) {
    const bool known = std::any_of(sets_.begin(), sets_.end(), [&](const EventSet& set) {
      return std::count(set.rings.begin(), set.rings.end(), ctx) > 0;
    });
    if (!known) added.rings.push_back(ctx);
  }
  if (!added.rings.empty()) openSet(added, true);
  const auto unused = [&](const EventSet& set) {
    return !set.rings.empty() && std::none_of(set.rings.begin(), set.rings.end(), listed);
  };
  for (const EventSet& set : sets_) {
    if (unused(set)) retire(set);
  }
  sets_.erase(std::remove_if(sets_.begin(), sets_.end(), unused), sets_.end());
  config_.filter = filter;
}

void PerfBackend::read(uint64_t untilNs, RecordSink* sink) {
  for (const auto& ring : rings_) {
    ring->read([&](const perf_event_header& header, const uint8_t* body) {
      const size_t bytes = header.size - sizeof header;
      if (header.type == PERF_RECORD_LOST) {
        readLost(ring.get(), body, bytes, sink);
      } else if (header.type == PERF_RECORD_SAMPLE && bytes >= 12) {
        // u64 time, u32 size, then the record of the tracepoint: the order of PERF_SAMPLE_TIME and
        // PERF_SAMPLE_RAW.
        ring->lastNs = u64At(body);
        uint32_t size;
        std::memcpy(&size, body + 8, sizeof size);
        if (size <= bytes - 12) sink->record(ring->cpu(), ring->lastNs, body + 12, size);
      }
      return ring->lastNs < untilNs;
    });
  }
  if (paused_) readFinalLosses(sink);
}

/** { u64 id, u64 lost, sample_id { u64 time } } */
void PerfBackend::readLost(PerfRing* ring, const uint8_t* body, size_t bytes, RecordSink* sink) {
  if (bytes < 24) return;
  const uint64_t lost = u64At(body + 8);
  const uint64_t time = u64At(body + 16);
  sink->loss(ring->cpu(), lost, ring->lastNs, time);
  ring->lost += lost;
  ring->lastNs = time;
}

/** A loss with no event behind it has no PERF_RECORD_LOST; the events' own counters know (PERF_FORMAT_LOST).
 */
void PerfBackend::readFinalLosses(RecordSink* sink) {
  std::vector<uint64_t> lost = retiredLost_;
  for (const EventSet& set : sets_) {
    for (const Event& event : set.events) lost[event.ring] += lostOf(event);
  }
  for (size_t i = 0; i < rings_.size(); i++) {
    PerfRing& ring = *rings_[i];
    if (lost[i] <= ring.lost) continue;
    const uint64_t now = monotonicNs();
    sink->loss(ring.cpu(), lost[i] - ring.lost, ring.lastNs, now);
    ring.lost = lost[i];
  }
}

uint64_t PerfBackend::lostOf(const Event& event) {
  uint64_t values[2];  // count, lost
  return ::read(event.fd.get(), values, sizeof values) == sizeof values ? values[1] : 0;
}

void PerfBackend::retire(const EventSet& set) {
  for (const Event& event : set.events) retiredLost_[event.ring] += lostOf(event);
}

void PerfBackend::pause() {
  for (const EventSet& set : sets_) {
    for (const Event& event : set.events) ::ioctl(event.fd.get(), PERF_EVENT_IOC_DISABLE, 0);
  }
  paused_ = true;
}

BackendFacts PerfBackend::facts() const {
  BackendFacts facts;
  facts.cpus = static_cast<unsigned>(rings_.size());
  facts.bufferBytes = rings_.empty() ? 0 : rings_.back()->dataBytes();
  facts.notes = notes_;
  return facts;
}

void PerfBackend::close() {
  sets_.clear();
  rings_.clear();
}

}  // namespace ringlens
