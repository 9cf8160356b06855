#include "napi/running_workload.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace ringlens {
namespace {

constexpr size_t kLeastLoadEvents = 1u << 8;
constexpr size_t kKernelEvents = 1u << 19;

/** Room for the first fill and two snapshots at the least: a snapshot is written as one piece or not at all.
 */
size_t reactorRingEvents(const WorkloadParams& params, uint32_t wanted) {
  const size_t least = 4 * (static_cast<size_t>(params.buffers) + params.connections) + 64;
  size_t events = wanted;
  while (events < least) events *= 2;
  return events;
}

}  // namespace

RunningWorkload::RunningWorkload(const WorkloadParams& params, const WorkloadOptions& options,
                                 std::function<void()> doorbell)
    : RunningSource(std::move(doorbell)),
      peers_(std::make_unique<PeerDirectory>()),
      reactorEvents_(std::make_unique<EventRing>(reactorRingEvents(params, options.eventRingEvents))),
      loadEvents_(std::make_unique<EventRing>(std::max<size_t>(options.eventRingEvents, kLeastLoadEvents))),
      kernelEvents_(std::make_unique<EventRing>(kKernelEvents, Provenance::kTracepoint)) {
  startNs_ = monotonicNs();
  merger_ = std::make_unique<Merger>(std::vector<MergerInput>{{reactorEvents_.get(), kReactorThreadId, 0},
                                                              {loadEvents_.get(), kLoadThreadId, 0},
                                                              {kernelEvents_.get(), 0, 0}},
                                     &queue(), options.flushIntervalUs * kNsPerUs, [this] { ring(); });
  kernel_ = std::make_unique<KernelTracing>(kernelEvents_.get(), merger_.get(), options.kernelBackend);
  load_ = std::make_unique<LoadGenerator>(params, Probe(loadEvents_.get(), merger_.get(), kLoadThreadId),
                                          &counters_, peers_.get());
  ReactorContext context{Probe(reactorEvents_.get(), merger_.get(), kReactorThreadId),
                         &counters_,
                         peers_.get(),
                         startNs_,
                         options.breakpoints,
                         options.listenPort,
                         options.unixPath,
                         [this](const Endpoints& endpoints) { load_->connectTo(endpoints); },
                         [this](int fd, uint16_t ringId, const WorkloadParams& ringParams) {
                           kernel_->onRing(fd, ringId, ringParams,
                                           {{static_cast<int32_t>(::syscall(SYS_gettid)), kReactorThreadId},
                                            {load_->threadId(), kLoadThreadId}});
                         },
                         [this](std::optional<Failure> failure) {
                           if (failure) setOver(std::move(failure));
                         }};
  reactor_ = std::make_unique<Reactor>(params, std::move(context));
  reactorThreadId_ = reactor_->threadId();
  hasStarted();
}

RunningWorkload::~RunningWorkload() { endNow(); }

Reactor& RunningWorkload::running() {
  if (isReleased() || isEnding()) throw Failure("ESRCH", "The workload has ended; start it again.", ESRCH);
  return *reactor_;
}

void RunningWorkload::act(const ByHand& what) {
  Reactor& reactor = running();
  if (what.action >= HandAction::kSend) {
    load_->act(what);
  } else {
    reactor.act(what);
  }
}

void RunningWorkload::configure(const WorkloadParams& params) {
  running().configure(params);
  load_->configure(params);
}

WorkloadStats RunningWorkload::stats() const {
  if (isReleased()) return finalStats_;
  WorkloadStats s{};
  s.bytesSent = counters_.bytesSent.get();
  s.messagesSent = counters_.messagesSent.get();
  s.bytesReceived = counters_.bytesReceived.get();
  s.cqes = counters_.cqes.get();
  s.submits = counters_.submits.get();
  s.kernel = kernel_->stats();
  s.events = reactorEvents_->written() + loadEvents_->written() + s.kernel.events + merger_->eventsAdded();
  s.dropped = reactorEvents_->lost() + loadEvents_->lost() + kernelEvents_->lost();
  s.reactorCpuNs = reactor_->cpuNs();
  s.connections = counters_.connections.get();
  return s;
}

void RunningWorkload::beginFinish(uint64_t timeoutNs) {
  startCloser([this, timeoutNs] {
    const uint64_t deadline = monotonicNs() + timeoutNs;
    load_->finish(deadline);
    reactor_->finish(deadline);
    reactor_->join();
  });
}

void RunningWorkload::freeAll() {
  finalStats_ = stats();
  finalAddress_ = address();
  finalDebug_ = debugState();
  finalAccess_ = kernel();
  reactor_.reset();
  load_.reset();
  kernel_.reset();
  merger_.reset();
  kernelEvents_.reset();
  loadEvents_.reset();
  reactorEvents_.reset();
  peers_.reset();
}

void RunningWorkload::requestStop() {
  load_->requestStop();
  reactor_->stop();
}

/** The tracer after those whom it traces. */
void RunningWorkload::joinAll() {
  load_->join();
  reactor_->join();
  kernel_->stop();
  merger_->stop();
}

}  // namespace ringlens
