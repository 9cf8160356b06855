/** RingIdentifier::learnMultishot: two recvs of our own, traced. */
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "tracer/ring_identity.h"

namespace ringlens {
namespace {

constexpr uint64_t kSingle = 1;  // user_data
constexpr uint64_t kMulti = 2;
constexpr unsigned kReads = 200;  // 1 ms apart

/** The flags words of the two submits. */
class Submits final : public RecordSink {
 public:
  Submits(const EventLayouts& layouts, uint64_t ctx) : layouts_(layouts), ctx_(ctx) {}

  void record(unsigned, uint64_t, const uint8_t* data, size_t bytes) override {
    KernelEvent event;
    if (!layouts_.decode(data, bytes, &event) || event.type != EventType::kSubmit || event.ctx != ctx_)
      return;
    if (event.userData == kSingle) single = event.flags;
    if (event.userData == kMulti) multi = event.flags;
  }
  void loss(unsigned, uint64_t, uint64_t, uint64_t) override {}

  std::optional<uint64_t> single, multi;

 private:
  const EventLayouts& layouts_;
  const uint64_t ctx_;
};

class OwnRing {
 public:
  OwnRing() {
    const int error = io_uring_queue_init(4, &ring_, 0);
    if (error < 0) throw systemFailure(error, "io_uring_setup", "No ring can be made here");
  }
  ~OwnRing() { io_uring_queue_exit(&ring_); }
  OwnRing(const OwnRing&) = delete;
  OwnRing& operator=(const OwnRing&) = delete;
  int fd() const { return ring_.ring_fd; }

  /** Both end at once with ENOBUFS, since there is no buffer group; a submit is traced before that. */
  void submitBoth(int socket) {
    for (const uint64_t userData : {kSingle, kMulti}) {
      io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
      io_uring_prep_recv(sqe, socket, nullptr, 0, 0);
      if (userData == kMulti) sqe->ioprio |= IORING_RECV_MULTISHOT;
      sqe->flags |= IOSQE_BUFFER_SELECT;
      sqe->user_data = userData;
    }
    io_uring_submit(&ring_);
  }

 private:
  io_uring ring_{};
};

MultishotFlag learn(Backend* backend, RingIdentifier* identifier) {
  OwnRing ring;
  const uint64_t ctx = identifier->identify(static_cast<int32_t>(::getpid()), ring.fd());
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    throw systemFailure(errno, "socketpair", "No socket can be made here");
  const Fd reader(pair[0]);
  const Fd writer(pair[1]);
  backend->setRings({RingFilter::Mode::kListed, {ctx}});
  ring.submitBoth(reader.get());
  Submits submits(backend->layouts(), ctx);
  for (unsigned i = 0; i < kReads && !(submits.single && submits.multi); i++) {
    if (i > 0) ::usleep(1000);
    backend->read(kForever, &submits);
  }
  backend->setRings({RingFilter::Mode::kListed, {}});
  if (!submits.single || !submits.multi) return {0, "a multishot recv of our own was refused or not traced"};
  const uint64_t bits = *submits.multi & ~*submits.single;
  if (bits == 0) return {0, "the kernel's flags of a multishot are those of a single shot"};
  return {bits & ~(bits - 1), {}};  // one is enough: each is set on every multishot
}

}  // namespace

MultishotFlag RingIdentifier::learnMultishot() {
  static std::mutex mutex;
  static MultishotFlag known;
  const std::lock_guard lock(mutex);
  if (known.bit != 0) return known;
  try {
    known = learn(backend_.get(), this);
  } catch (const Failure& failure) {
    return {0, failure.message};
  }
  return known;
}

}  // namespace ringlens
