/*
 * Two live multishot recvs with one user_data in one ring: nothing tells their completions apart.
 *
 *   twins [--messages 20]
 *
 * Both sockets are its own; it sends to them in turn and waits for each CQE. Waits for a byte on stdin before it arms.
 * Prints "pid" first, at the end how many CQEs came with F_MORE.
 */
#include "target.h"

int main(int argc, char **argv) {
  const long messages = option(argc, argv, "--messages", 20);
  struct io_uring ring;
  int pairs[2][2];
  char byte;
  setUpRing(&ring, 8, 0, 0);
  struct group group = makeGroup(&ring, 16, 64);
  for (int i = 0; i < 2; i++) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) != 0) die("socketpair", errno);
  }
  printf("pid %d\n", getpid());
  fflush(stdout);
  if (read(STDIN_FILENO, &byte, 1) != 1) return 1;
  for (int i = 0; i < 2; i++) armRecv(&ring, pairs[i][0], 0x77, 1);
  io_uring_submit(&ring);
  long more = 0;
  for (long m = 0; m < messages; m++) {
    struct io_uring_cqe *cqe;
    if (write(pairs[m % 2][1], "x", 1) != 1) die("write", errno);
    if (io_uring_wait_cqe(&ring, &cqe) != 0) die("wait", errno);
    if (cqe->flags & IORING_CQE_F_MORE) more++;
    if (cqe->flags & IORING_CQE_F_BUFFER) giveBuffer(&group, bidOf(cqe));
    io_uring_cqe_seen(&ring, cqe);
  }
  printf("more %ld\n", more);
  return endAs(word(argc, argv, "--end"));
}
