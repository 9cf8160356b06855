/**
 * A ring of our own with a probe and the tracer, merged into blocks as the workload's are: a tool of the
 * tests.
 *
 *   tracer_own FILE [BACKEND]      writes the blocks into FILE
 *
 * Two rings one after the other (the kernel likes to give the second the memory of the first), each with
 * single-shot recvs whose user_data is shared by two requests at a time. The tracer delivers what the probe
 * can't see.
 */
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "trace/block_queue.h"
#include "trace/merger.h"
#include "trace/probe.h"
#include "trace/thread_ids.h"
#include "tracer/ring_identity.h"
#include "tracer/tracer.h"

using namespace ringlens;

namespace {

constexpr unsigned kRounds = 500;
constexpr uint64_t kUserData = 0x1000;

Selection ownRings(const std::string& backend) {
  Selection selection;
  selection.backend = backend;
  selection.scope = Selection::Scope::kRings;
  selection.adoptRequests = false;
  selection.threads = {{static_cast<int32_t>(::gettid()), kReactorThreadId}};
  selection.deliver = ~bitOf(Kind::kSubmit);
  return selection;
}

/** One recv on each end of a socket pair, both with the same user_data; each ends with data. */
void round(io_uring* ring, const int sockets[2], Probe* probe, uint32_t* request) {
  char bytes[2][8];
  for (int i = 0; i < 2; i++) {
    io_uring_sqe* const sqe = io_uring_get_sqe(ring);
    io_uring_prep_recv(sqe, sockets[i], bytes[i], 8, 0);
    sqe->user_data = kUserData + static_cast<uint64_t>(*request / 2 % 4);
    probe->begin();
    probe->stamp(monotonicNs());
    probe->write(Kind::kSubmit, sqe->user_data, sockets[i], 0, IORING_OP_RECV, kNoGroup, *request + 1 + i);
    probe->publish();
  }
  io_uring_submit(ring);
  for (int i = 0; i < 2; i++) {
    // The other end: socket 0 first, so the requests end in the order in which they began.
    if (::write(sockets[1 - i], "12345678", 8) != 8)
      throw systemFailure(errno, "write", "The socket pair broke.");
    io_uring_cqe* cqe = nullptr;
    if (io_uring_wait_cqe(ring, &cqe) != 0) throw Failure("EIO", "No completion came.");
    probe->begin();
    probe->stamp(monotonicNs());
    probe->write(Kind::kReap, cqe->user_data, cqe->res, cqe->flags, 0, 0, *request + 1 + i);
    probe->publish();
    io_uring_cqe_seen(ring, cqe);
  }
  *request += 2;
}

void run(const char* file, const std::string& backend) {
  Merger* notified = nullptr;
  EventRing probeRing(1u << 16);
  EventRing kernelRing(1u << 18, Provenance::kTracepoint);
  Tracer tracer(ownRings(backend), &kernelRing, [&] { notified->notify(kernelRing); });
  BlockQueue blocks(64u << 20);
  Merger merger({{&probeRing, kReactorThreadId, 0}, {&kernelRing, 0, 0}}, &blocks, 5 * kNsPerMs, [] {});
  notified = &merger;
  tracer.start();
  RingIdentifier identifier(backend);
  Probe probe(&probeRing, &merger, kReactorThreadId);
  probe.setOn(true);
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
    throw systemFailure(errno, "socketpair", "No sockets.");
  for (uint16_t id = 1; id <= 2; id++) {
    io_uring ring;
    if (io_uring_queue_init(8, &ring, 0) != 0) throw Failure("EIO", "No ring.");
    RingBinding binding;
    binding.pid = static_cast<int32_t>(::getpid());
    binding.fd = ring.ring_fd;
    binding.id = id;
    binding.ctx = identifier.identify(binding.pid, binding.fd);
    tracer.addRing(binding);
    probe.setRingId(id);
    uint32_t request = 0;
    for (unsigned i = 0; i < kRounds; i++) round(&ring, sockets, &probe, &request);
    io_uring_queue_exit(&ring);
  }
  tracer.stop();
  merger.stop();
  FILE* const out = std::fopen(file, "w");
  Block block;
  while (blocks.pop(&block)) std::fwrite(block.bytes.get(), 1, block.size, out);
  std::fclose(out);
  const TracerStats stats = tracer.stats();
  std::printf("lost %llu late %llu ambiguous %llu foreign %llu\n",
              static_cast<unsigned long long>(stats.lost), static_cast<unsigned long long>(stats.late),
              static_cast<unsigned long long>(stats.ambiguous),
              static_cast<unsigned long long>(stats.foreign));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argv[1], argc > 2 ? argv[2] : "");
    return 0;
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.message.c_str());
    return 125;
  }
}
