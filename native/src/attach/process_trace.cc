#include "attach/process_trace.h"

#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "tracer/fdinfo.h"

namespace ringlens {
namespace {

constexpr size_t kSampledEvents = 1u << 17;  // several turns of the largest buffer ring, in one sample

std::vector<Target> openTargets(const TraceOptions& options) {
  std::vector<Target> targets;
  for (const int32_t pid : options.pids) targets.push_back(openTarget(pid));
  if (options.requireRing) requireRing(targets);
  return targets;
}

Selection selectionOf(const TraceOptions& options, const std::string& backend, uint64_t multishotBit) {
  Selection selection;
  selection.what = options.what;
  selection.scope = Selection::Scope::kProcesses;
  selection.pids = options.pids;
  selection.backend = backend;
  selection.bufferBytes = options.bufferBytes;
  selection.sqeDetails = true;
  selection.snapshots = true;
  selection.multishotBit = multishotBit;
  return selection;
}

std::unique_ptr<RingIdentifier> makeIdentifier(const std::string& backend) {
  try {
    return std::make_unique<RingIdentifier>(backend, true);
  } catch (const Failure& failure) {
    if (failure.code != "ENOTRACER") throw;
    throw Failure("EPERM", failure.message, EPERM);
  }
}

}  // namespace

ProcessTrace::ProcessTrace(const TraceOptions& options, BlockQueue* queue, std::function<void()> onBlocks,
                           std::function<void()> onAllEnded)
    : what_(options.what),
      kernelEvents_(options.eventRingEvents, Provenance::kTracepoint),
      sampledEvents_(kSampledEvents, Provenance::kFdinfo) {
  std::vector<Target> targets = openTargets(options);
  const auto identifier = makeIdentifier(options.backend);
  const MultishotFlag flag = identifier->learnMultishot();
  if (flag.bit == 0) {
    startNotes_.push_back("Whether a submit is a multishot is told only where its SQE can still be read: " +
                          flag.missing + ".");
  }
  startNs_ = monotonicNs();
  merger_ = std::make_unique<Merger>(
      std::vector<MergerInput>{{&sampledEvents_, 0, 0}, {&kernelEvents_, 0, 0}}, queue,
      options.flushIntervalUs * kNsPerUs, std::move(onBlocks), SummaryOf::kCompletions);
  tracer_ = std::make_unique<Tracer>(selectionOf(options, identifier->backendName(), flag.bit),
                                     &kernelEvents_, [this] { merger_->notify(kernelEvents_); });
  tracer_->start();
  // Rings that are made from here on are seen by their io_uring_create; these are older, or counted once.
  for (const Target& target : targets) addRings(identifier.get(), target);
  sampler_ = std::make_unique<Sampler>(
      std::move(targets), options.sampleIntervalNs,
      SamplerContext{tracer_.get(), &kernelEvents_, &sampledEvents_, merger_.get(), std::move(onAllEnded)});
}

ProcessTrace::~ProcessTrace() { stop(); }

void ProcessTrace::addRings(RingIdentifier* identifier, const Target& target) {
  std::vector<RingBinding> bindings;
  try {
    bindings = identifier->identifyAll(target.pid);
  } catch (const Failure& failure) {
    // It has ended meanwhile: the sampler tells that.
    if (failure.errnum == ESRCH || failure.errnum == ENOENT) return;
    if (failure.errnum == EPERM) throw;
    startNotes_.push_back("The rings that " + target.name + " (" + std::to_string(target.pid) +
                          ") had before the trace are not seen: " + failure.message);
    return;
  }
  for (RingBinding& binding : bindings) {
    if (const auto info = readRingFdinfo(binding.pid, binding.fd)) {
      binding.sqEntries = info->sqMask + 1;
      binding.cqEntries = info->cqMask + 1;
    }
    tracer_->addRing(binding);
  }
}

void ProcessTrace::stop() {
  if (sampler_) sampler_->stop();
  if (tracer_) tracer_->stop();
  if (merger_) merger_->stop();
}

TraceStats ProcessTrace::stats() const {
  const TracerStats tracer = tracer_->stats();
  TraceStats stats;
  stats.events = kernelEvents_.written() + sampledEvents_.written() + merger_->eventsAdded();
  stats.dropped = kernelEvents_.lost() + sampledEvents_.lost();
  stats.kernelEvents = kernelEvents_.written() - tracer.restated;
  stats.kernelLost = tracer.lost;
  stats.kernelLate = tracer.late;
  stats.ambiguous = tracer.ambiguous;
  stats.readerCpuNs = tracer.readerCpuNs;
  return stats;
}

std::vector<std::string> ProcessTrace::notes() const {
  const TracerStats stats = tracer_->stats();
  std::vector<std::string> notes = stats.notes;
  for (const std::string& name : stats.missing) notes.push_back("This kernel lacks " + name + ".");
  notes.insert(notes.end(), startNotes_.begin(), startNotes_.end());
  return notes;
}

}  // namespace ringlens
