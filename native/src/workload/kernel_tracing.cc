#include "workload/kernel_tracing.h"

#include <unistd.h>

#include <algorithm>
#include <exception>

#include "base/error.h"

namespace ringlens {
namespace {

constexpr const char* kOffSentence =
    "The parameter kernel is off: set it to all or arms, and poll arms are read from the kernel.";
constexpr const char* kNoProbeSentence =
    "The parameter probe is off, so nothing is recorded: set it to on, and the kernel is read too.";
constexpr const char* kNoneSentence =
    "No back end may be used (option kernelBackend): leave it out, and the best permitted one is.";

}  // namespace

KernelTracing::KernelTracing(EventRing* ring, Merger* merger, std::string backend)
    : ring_(*ring), merger_(*merger), backend_(std::move(backend)) {}

KernelTracing::~KernelTracing() { stop(); }

void KernelTracing::onRing(int fd, uint16_t ringId, const WorkloadParams& params,
                           const std::vector<std::pair<int32_t, uint16_t>>& threads) {
  const Kernel scope = params.probe && backend_ != "none" ? params.kernel : Kernel::kOff;
  if (scope != scope_) stopTracer();
  if (scope == Kernel::kOff) {
    KernelAccess access;
    access.missing = params.kernel == Kernel::kOff ? kOffSentence
                     : !params.probe               ? kNoProbeSentence
                                                   : kNoneSentence;
    tell(std::move(access));
    return;
  }
  KernelAccess access;
  try {
    if (tracer_ == nullptr) startTracer(scope, threads);
    if (identifier_ == nullptr) identifier_ = std::make_unique<RingIdentifier>(tracer_->stats().backend);
    RingBinding binding;
    binding.id = ringId;
    binding.pid = static_cast<int32_t>(::getpid());
    binding.fd = fd;
    binding.ctx = identifier_->identify(binding.pid, fd);
    tracer_->addRing(binding);
    const TracerStats stats = tracer_->stats();
    access.backend = stats.backend;
    access.scope = scope;
    access.notes = stats.notes;
    for (const std::string& name : stats.missing) access.notes.push_back("This kernel lacks " + name + ".");
  } catch (const std::exception& e) {
    stopTracer();
    access = KernelAccess{};
    access.missing = e.what();
  }
  tell(std::move(access));
}

void KernelTracing::startTracer(Kernel scope, const std::vector<std::pair<int32_t, uint16_t>>& threads) {
  Selection selection;
  selection.backend = backend_;
  selection.what = scope == Kernel::kAll ? Selection::What::kAll : Selection::What::kArms;
  selection.scope = Selection::Scope::kRings;
  selection.adoptRequests = false;
  // The probe has them, with more in them.
  selection.deliver = ~(bitOf(Kind::kSubmit) | bitOf(Kind::kRingCreate));
  // A thread keeps the id that a tracer before gave it.
  selection.threads = threads;
  for (const auto& known : threads_) {
    selection.firstThreadId =
        std::max<uint16_t>(selection.firstThreadId, static_cast<uint16_t>(known.second + 1));
    const bool isGiven =
        std::any_of(threads.begin(), threads.end(), [&](const auto& t) { return t.first == known.first; });
    if (!isGiven) selection.threads.push_back(known);
  }
  auto tracer = std::make_unique<Tracer>(std::move(selection), &ring_, [this] { merger_.notify(ring_); });
  tracer->start();
  const std::lock_guard<std::mutex> lock(mutex_);
  tracer_ = std::move(tracer);
  scope_ = scope;
}

void KernelTracing::stopTracer() {
  scope_ = Kernel::kOff;
  if (tracer_ == nullptr) return;
  tracer_->stop();
  for (const ThreadInfo& thread : tracer_->threads()) threads_.emplace_back(thread.tid, thread.id);
  const TracerStats stats = tracer_->stats();
  const std::lock_guard<std::mutex> lock(mutex_);
  before_.lost += stats.lost;
  before_.late += stats.late;
  tracer_.reset();
}

void KernelTracing::stop() {
  stopTracer();
  identifier_.reset();
}

void KernelTracing::tell(KernelAccess access) {
  const std::lock_guard<std::mutex> lock(mutex_);
  access_ = std::move(access);
}

KernelAccess KernelTracing::access() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return access_;
}

KernelStats KernelTracing::stats() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  KernelStats stats = before_;
  stats.events = ring_.written();
  if (tracer_ == nullptr) return stats;
  const TracerStats running = tracer_->stats();
  stats.lost += running.lost;
  stats.late += running.late;
  return stats;
}

}  // namespace ringlens
