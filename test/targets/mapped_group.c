/*
 * A TCP server with multishot recv whose buffer ring the kernel has allocated (IOU_PBUF_RING_MMAP, Linux 6.4).
 *
 *   mapped_group [--buffers 8] [--filled N] [--size 64] [--single-issuer] [--hold] [--bgid 9]
 *
 * --filled: only so many buffers are given at first. --hold: no buffer is given back before the end. Prints "ready" when
 * armed; at the end the bids that were given back, in order: "replenished 0 1 2".
 */
#include <linux/types.h>
#include <sys/syscall.h>

#include "target.h"

#define REGISTER_PBUF_RING 22
#define OFF_PBUF_RING 0x80000000ULL
#define PBUF_RING_MMAP 1

struct buf_reg { /* struct io_uring_buf_reg: the flags are younger than liburing 2.3 */
  __u64 ring_addr;
  __u32 ring_entries;
  __u16 bgid;
  __u16 flags;
  __u64 resv[3];
};

int main(int argc, char **argv) {
  const unsigned count = (unsigned)option(argc, argv, "--buffers", 8);
  const unsigned filled = (unsigned)option(argc, argv, "--filled", count);
  const unsigned size = (unsigned)option(argc, argv, "--size", 64);
  const unsigned bgid = (unsigned)option(argc, argv, "--bgid", 9);
  const int hold = (int)option(argc, argv, "--hold", 0);
  struct io_uring ring;
  setUpRing(&ring, 8, 4096, option(argc, argv, "--single-issuer", 0) ? IORING_SETUP_SINGLE_ISSUER : 0);
  struct buf_reg reg = {.ring_entries = count, .bgid = (__u16)bgid, .flags = PBUF_RING_MMAP};
  if (syscall(SYS_io_uring_register, ring.ring_fd, REGISTER_PBUF_RING, &reg, 1) != 0) die("register", errno);
  struct group group = {.count = count, .size = size};
  group.ring = mmap(NULL, count * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE, MAP_SHARED, ring.ring_fd,
                    (off_t)(OFF_PBUF_RING | ((unsigned long long)bgid << 16)));
  group.memory = malloc((size_t)count * size);
  if (group.ring == MAP_FAILED || group.memory == NULL) die("mmap", errno);
  for (unsigned bid = 0; bid < filled; bid++) giveBuffer(&group, bid);

  int listener = bindAndTell(SOCK_STREAM);
  int fd = accept(listener, NULL, NULL);
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  unsigned *given = calloc(1 << 20, sizeof *given);
  unsigned givenCount = 0, messages = 0, armed = 0;
  for (int open = 1; open;) {
    if (!armed) {
      struct io_uring_sqe *sqe = nextSqe(&ring);
      io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
      sqe->flags |= IOSQE_BUFFER_SELECT;
      sqe->buf_group = (__u16)bgid;
      sqe->user_data = 0x9000;
      armed = 1;
      io_uring_submit(&ring);
      if (messages == 0) {
        printf("ready\n");
        fflush(stdout);
      }
    }
    struct io_uring_cqe *cqe;
    if (io_uring_wait_cqe(&ring, &cqe) != 0) continue;
    const int res = cqe->res;
    const unsigned bid = bidOf(cqe), flags = cqe->flags;
    io_uring_cqe_seen(&ring, cqe);
    if (flags & IORING_CQE_F_BUFFER) {
      if (!hold) {
        giveBuffer(&group, bid);
        given[givenCount++] = bid;
      }
      messages++;
      if (send(fd, "0123456789abcdef", 16, MSG_NOSIGNAL) < 0) open = 0;
    }
    if (!(flags & IORING_CQE_F_MORE)) armed = 0;
    if (res == 0 || (res < 0 && res != -ENOBUFS)) open = 0;
  }
  printf("messages %u replenished", messages);
  for (unsigned i = 0; i < givenCount; i++) printf(" %u", given[i]);
  printf("\n");
  return 0;
}
