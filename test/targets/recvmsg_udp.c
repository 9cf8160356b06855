/*
 * A UDP server with multishot recvmsg.
 *
 *   recvmsg_udp [--buffers 64] [--size 512]
 *
 * Ends at the first empty datagram.
 */
#include "target.h"

int main(int argc, char **argv) {
  struct io_uring ring;
  setUpRing(&ring, 8, 0, 0);
  struct group group =
      makeGroup(&ring, (unsigned)option(argc, argv, "--buffers", 64), (unsigned)option(argc, argv, "--size", 512));
  int fd = bindAndTell(SOCK_DGRAM);
  struct msghdr message = {.msg_namelen = sizeof(struct sockaddr_in)};
  long messages = 0, payload = 0;
  int armed = 0, ended = 0;
  while (!ended) {
    if (!armed) {
      struct io_uring_sqe *sqe = nextSqe(&ring);
      io_uring_prep_recvmsg_multishot(sqe, fd, &message, 0);
      sqe->flags |= IOSQE_BUFFER_SELECT;
      sqe->buf_group = BGID;
      sqe->user_data = 0x2000;
      armed = 1;
    }
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(&ring, head, cqe) {
      seen++;
      if (!(cqe->flags & IORING_CQE_F_MORE)) armed = 0;
      if (!(cqe->flags & IORING_CQE_F_BUFFER)) continue;
      char *buffer = group.memory + (size_t)bidOf(cqe) * group.size;
      struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(buffer, cqe->res, &message);
      if (out != NULL) payload += out->payloadlen;
      if (out != NULL && out->payloadlen == 0) ended = 1;
      messages++;
      giveBuffer(&group, bidOf(cqe));
    }
    io_uring_cq_advance(&ring, seen);
  }
  printf("messages %ld payload %ld\n", messages, payload);
  return 0;
}
