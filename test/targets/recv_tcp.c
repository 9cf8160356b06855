/*
 * A TCP server with multishot recv.
 *
 *   recv_tcp [--connections 1] [--single] [--echo] [--defer] [--sqpoll] [--buffers 64] [--size 256] [--sq 8] [--cq 1024]
 *            [--lazy MS] [--refuse] [--same-user-data] [--fixed] [--sqe128] [--end segv|abort|exit7]
 *
 * --single: single-shot recvs, submitted again before the answer goes out, so that each finds no data and is armed.
 * --lazy: sleeps before it reaps, so that a small CQ overflows. --refuse: first an SQE that the kernel refuses.
 * --same-user-data: all connections share one user_data. --fixed: sockets are registered, and armed by their index.
 * Ends when every connection has ended. The CQ is roomy, so that no multishot ends before its connection unless it is told to.
 */
#include "target.h"

static struct io_uring ring;
static struct group group;
static int sockets[256];
static int fixed;
static unsigned long long messages, bytes, enobufs, overflows;

static unsigned long long userDataOf(int sharing, unsigned i) { return sharing ? 0x5a5a : 0x1000 + i; }

static void arm(unsigned i, unsigned long long userData, int multishot) {
  struct io_uring_sqe *sqe = armRecv(&ring, fixed ? (int)i : sockets[i], userData, multishot);
  if (fixed) sqe->flags |= IOSQE_FIXED_FILE;
}

static void refuse(void) {
  struct io_uring_cqe *cqe;
  struct io_uring_sqe *sqe = nextSqe(&ring);
  io_uring_prep_recv_multishot(sqe, sockets[0], NULL, 0, 0); /* no IOSQE_BUFFER_SELECT: EINVAL */
  sqe->user_data = 0xbad;
  io_uring_submit_and_wait(&ring, 1);
  if (io_uring_peek_cqe(&ring, &cqe) != 0 || cqe->res != -EINVAL) die("refuse", EPROTO);
  io_uring_cqe_seen(&ring, cqe);
}

int main(int argc, char **argv) {
  const unsigned connections = (unsigned)option(argc, argv, "--connections", 1);
  const int single = (int)option(argc, argv, "--single", 0);
  const int echo = (int)option(argc, argv, "--echo", 0);
  const int sharing = (int)option(argc, argv, "--same-user-data", 0);
  const long lazyMs = option(argc, argv, "--lazy", 0);
  unsigned flags = 0;
  if (option(argc, argv, "--defer", 0)) flags |= IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER;
  if (option(argc, argv, "--sqe128", 0)) flags |= IORING_SETUP_SQE128;
  if (option(argc, argv, "--sqpoll", 0)) flags |= IORING_SETUP_SQPOLL;

  setUpRing(&ring, (unsigned)option(argc, argv, "--sq", 8), (unsigned)option(argc, argv, "--cq", 1024), flags);
  group = makeGroup(&ring, (unsigned)option(argc, argv, "--buffers", 64), (unsigned)option(argc, argv, "--size", 256));
  int listener = bindAndTell(SOCK_STREAM);
  for (unsigned i = 0; i < connections; i++) {
    int one = 1;
    sockets[i] = accept(listener, NULL, NULL);
    if (sockets[i] < 0) die("accept", errno);
    setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  if (option(argc, argv, "--refuse", 0)) refuse();
  fixed = (int)option(argc, argv, "--fixed", 0);
  if (fixed && io_uring_register_files(&ring, sockets, connections) != 0) die("io_uring_register_files", EINVAL);
  for (unsigned i = 0; i < connections; i++) arm(i, userDataOf(sharing, i), !single);
  io_uring_submit(&ring);

  unsigned open = connections;
  while (open > 0) {
    if (lazyMs > 0) usleep((useconds_t)lazyMs * 1000);
    int error = io_uring_submit_and_wait(&ring, 1);
    if (error < 0 && error != -EINTR) die("io_uring_enter", error);
    if (IO_URING_READ_ONCE(*ring.sq.kflags) & IORING_SQ_CQ_OVERFLOW) overflows++;
    struct io_uring_cqe *next;
    while (io_uring_peek_cqe(&ring, &next) == 0) {
      const struct io_uring_cqe cqe = *next;
      io_uring_cqe_seen(&ring, next); /* before the answer: what it brings needs the place */
      const unsigned i = sharing ? 0 : (unsigned)cqe.user_data - 0x1000;
      const int ended = cqe.res == 0 || (cqe.res < 0 && cqe.res != -ENOBUFS);
      if (cqe.res > 0) {
        messages++;
        bytes += (unsigned)cqe.res;
      }
      if (cqe.res == -ENOBUFS) enobufs++;
      if (cqe.flags & IORING_CQE_F_BUFFER) giveBuffer(&group, bidOf(&cqe));
      if (!(cqe.flags & IORING_CQE_F_MORE) && !ended && !sharing) {
        arm(i, cqe.user_data, !single);
        io_uring_submit(&ring);
      }
      if (echo && cqe.res > 0 && send(sockets[i], "0123456789abcdef", 16, MSG_NOSIGNAL) < 0) die("send", errno);
      if (ended) open--;
    }
  }
  printf("messages %llu bytes %llu enobufs %llu overflows %llu\n", messages, bytes, enobufs, overflows);
  fflush(stdout);
  return endAs(word(argc, argv, "--end"));
}
