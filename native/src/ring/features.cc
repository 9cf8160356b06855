#include "ring/features.h"

#include <sys/socket.h>

#include <cstring>

#include "base/fd.h"
#include "ring/buffer_group.h"
#include "ring/ring.h"

namespace ringlens {
namespace {

constexpr uint16_t kBgid = 0;
constexpr uint64_t kProbeTimeoutNs = kNsPerSecond;

bool canSetUp(unsigned flags) {
  try {
    Ring ring({4, 8, flags});
    return true;
  } catch (const Failure&) {
    return false;
  }
}

bool canRegister(Ring& ring, bool incremental) {
  try {
    BufRing group(ring, kBgid, 4, 64, incremental);
    return true;
  } catch (const Failure&) {
    return false;
  }
}

/** Waits for one CQE and returns its flags, or -1 when it carries an error or doesn't come. */
int64_t nextFlags(Ring& ring) {
  if (ring.cqReady() == 0) ring.enter(1, kProbeTimeoutNs, true);
  if (ring.cqReady() == 0) return -1;
  const io_uring_cqe cqe = ring.cqe(0);
  ring.cqAdvance(1);
  return cqe.res < 0 ? -1 : static_cast<int64_t>(cqe.flags);
}

/** A real multishot recv on a socket pair: it works when one byte comes with F_MORE. */
bool canMultishot(bool bufRing) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const Fd reader(pair[0]);
  const Fd writer(pair[1]);
  Ring ring({4, 8, 0});
  std::unique_ptr<BufferGroup> group;
  if (bufRing) {
    group = std::make_unique<BufRing>(ring, kBgid, 4, 64, false);
  } else {
    group = std::make_unique<LegacyGroup>(kBgid, 4, 64);
  }
  for (uint32_t bid = 0; bid < group->buffers(); bid++) group->give(bid);
  group->flush();
  BidRun run;
  while (group->nextRun(&run)) {
    io_uring_prep_provide_buffers(ring.sqe(), group->address(run.first),
                                  static_cast<int>(group->bufferSize()), static_cast<int>(run.count), kBgid,
                                  static_cast<int>(run.first));
    if (nextFlags(ring) < 0) return false;
  }
  io_uring_sqe* const sqe = ring.sqe();
  io_uring_prep_recv_multishot(sqe, reader.get(), nullptr, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = kBgid;
  ring.enter(0, kForever, false);
  if (::send(writer.get(), "x", 1, MSG_NOSIGNAL) != 1) return false;
  const int64_t flags = nextFlags(ring);
  return flags >= 0 && (flags & IORING_CQE_F_MORE) != 0 && (flags & IORING_CQE_F_BUFFER) != 0;
}

}  // namespace

RingFeatures probeFeatures() {
  Ring ring({4, 8, 0});  // throws where io_uring can't be used
  RingFeatures f;
  f.bufRing = canRegister(ring, false);
  // Old kernels took the flags word for padding and refused a value other than zero.
  f.incremental = f.bufRing && canRegister(ring, true);
  f.bundle = (ring.features() & kFeatRecvSendBundle) != 0;
  f.multishotRecv = canMultishot(f.bufRing);
  f.coopTaskrun = canSetUp(IORING_SETUP_COOP_TASKRUN);
  f.singleIssuer = canSetUp(IORING_SETUP_SINGLE_ISSUER);
  f.deferTaskrun = canSetUp(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  f.sqpoll = canSetUp(IORING_SETUP_SQPOLL);
  return f;
}

}  // namespace ringlens
