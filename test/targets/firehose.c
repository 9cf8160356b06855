/*
 * A sender process that never stops and a receiver that counts: what tracing costs shows in the rate.
 *
 *   firehose [--seconds 2] [--size 64] [--single]
 *
 * One CQE for each 64 B: buffers are as large as a message. Prints "messages N seconds S rate R".
 */
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "target.h"

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void flood(int port, size_t size) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((unsigned short)port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  size_t chunk = size * 256;
  char *data = calloc(1, chunk);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect", errno);
  while (send(fd, data, chunk, MSG_NOSIGNAL) > 0) {
  }
  _exit(0);
}

int main(int argc, char **argv) {
  const double seconds = (double)option(argc, argv, "--seconds", 2);
  const unsigned size = (unsigned)option(argc, argv, "--size", 64);
  const int single = (int)option(argc, argv, "--single", 0);
  struct io_uring ring;
  setUpRing(&ring, 64, 8192, 0);
  struct group group = makeGroup(&ring, 4096, size);
  int listener = bindAndTell(SOCK_STREAM);
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  getsockname(listener, (struct sockaddr *)&address, &length);
  pid_t child = fork();
  if (child == 0) flood(ntohs(address.sin_port), size);
  int fd = accept(listener, NULL, NULL);

  unsigned long long messages = 0;
  const double start = now();
  double end = start;
  armRecv(&ring, fd, 0xf1, !single);
  while (end - start < seconds) {
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(&ring, head, cqe) {
      seen++;
      if (cqe->res > 0) messages++;
      if (cqe->flags & IORING_CQE_F_BUFFER) giveBuffer(&group, bidOf(cqe));
      if (!(cqe->flags & IORING_CQE_F_MORE)) armRecv(&ring, fd, cqe->user_data, !single);
    }
    io_uring_cq_advance(&ring, seen);
    end = now();
  }
  kill(child, SIGKILL);
  printf("messages %llu seconds %.3f rate %.0f\n", messages, end - start, (double)messages / (end - start));
  return 0;
}
