#include "tracer/ring_identity.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/error.h"
#include "base/pbuf_status.h"
#include "tracer/choose.h"
#include "tracer/fdinfo.h"
#include "tracer/ring_map.h"

namespace ringlens {
namespace {

constexpr unsigned kAttempts = 3;
constexpr unsigned kReads = 100;  // 1 ms apart
constexpr size_t kBufferBytes = 64 * 1024;

/** Collects the ctx of our register calls between two moments. */
class RegisterCalls final : public RecordSink {
 public:
  RegisterCalls(const EventLayouts& layouts, uint64_t fromNs, uint64_t toNs)
      : layouts_(layouts), fromNs_(fromNs), toNs_(toNs), tid_(static_cast<int32_t>(::gettid())) {}

  void record(unsigned, uint64_t tNs, const uint8_t* data, size_t bytes) override {
    KernelEvent event;
    if (!layouts_.decode(data, bytes, &event) || event.type != EventType::kRegister) return;
    if (event.a != kRegisterPbufStatus || tNs < fromNs_ || tNs > toNs_) return;
    all_.push_back(event.ctx);
    if (event.tid == tid_) own_.push_back(event.ctx);
  }
  void loss(unsigned, uint64_t, uint64_t, uint64_t) override {}

  /** 0: not seen, or not to be told apart. In a pid namespace the trace has another tid than we: then time
   * decides. */
  uint64_t ctx() const {
    if (own_.size() == 1) return own_[0];
    return own_.empty() && all_.size() == 1 ? all_[0] : 0;
  }

 private:
  const EventLayouts& layouts_;
  const uint64_t fromNs_;
  const uint64_t toNs_;
  const int32_t tid_;
  std::vector<uint64_t> all_;
  std::vector<uint64_t> own_;
};

}  // namespace

RingIdentifier::RingIdentifier(const std::string& backend, bool forLearning) {
  ChosenBackend chosen = chooseBackend(backend);
  name_ = std::move(chosen.name);
  backend_ = std::move(chosen.backend);
  if (!backend_->layouts().has(EventType::kRegister)) {
    throw unsupported("This kernel has no tracepoint io_uring_register, so its rings can't be told apart.");
  }
  BackendConfig config;
  config.wanted = bitOf(EventType::kRegister) | (forLearning ? bitOf(EventType::kSubmit) : 0);
  config.filter = {RingFilter::Mode::kListed, {}};  // no submit of others
  config.bufferBytes = kBufferBytes;
  backend_->start(config);
}

RingIdentifier::~RingIdentifier() = default;

uint64_t RingIdentifier::identify(int32_t pid, int32_t fd) {
  for (unsigned attempt = 0; attempt < kAttempts; attempt++) {
    const Fd ring = duplicateFd(pid, fd);
    PbufStatus status;
    const uint64_t from = monotonicNs();
    // The answer does not matter.
    ::syscall(SYS_io_uring_register, ring.get(), kRegisterPbufStatus, &status, 1);
    const uint64_t to = monotonicNs();
    RegisterCalls calls(backend_->layouts(), from, to);
    for (unsigned i = 0; i < kReads && calls.ctx() == 0; i++) {
      if (i > 0) ::usleep(1000);
      backend_->read(kForever, &calls);
    }
    if (calls.ctx() != 0) return calls.ctx();
  }
  throw Failure("ENOENT", "fd " + std::to_string(fd) + " of process " + std::to_string(pid) +
                              " could not be found in the kernel's trace; is it a ring?");
}

std::vector<RingBinding> RingIdentifier::identifyAll(int32_t pid) {
  std::vector<RingBinding> bindings;
  for (const int32_t fd : findRingFds(pid)) {
    RingBinding binding;
    binding.pid = pid;
    binding.fd = fd;
    try {
      binding.ctx = identify(pid, fd);
    } catch (const Failure& failure) {
      if (failure.errnum == EBADF) continue;  // closed meanwhile
      throw;
    }
    bool again = false;  // two fds of one ring
    for (const RingBinding& known : bindings) again = again || known.ctx == binding.ctx;
    if (!again) bindings.push_back(binding);
  }
  return bindings;
}

}  // namespace ringlens
