/* What the small servers share. They are traced by the tests and know nothing of ringlens. */
#ifndef TARGET_H
#define TARGET_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BGID 7

static inline void die(const char *what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error < 0 ? -error : error));
  exit(1);
}

/* "--name 12" → 12 */
static inline long option(int argc, char **argv, const char *name, long otherwise) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return i + 1 < argc && argv[i + 1][0] != '-' ? atol(argv[i + 1]) : 1;
  }
  return otherwise;
}

static inline const char *word(int argc, char **argv, const char *name) {
  for (int i = 1; i + 1 < argc; i++) {
    if (strcmp(argv[i], name) == 0) return argv[i + 1];
  }
  return "";
}

/* A socket bound to a free port of 127.0.0.1; prints "port N". */
static inline int bindAndTell(int type) {
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind", errno);
  if (type == SOCK_STREAM && listen(fd, 128) != 0) die("listen", errno);
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static inline void setUpRing(struct io_uring *ring, unsigned sqEntries, unsigned cqEntries, unsigned flags) {
  struct io_uring_params params = {.flags = flags};
  if (cqEntries > 0) {
    params.flags |= IORING_SETUP_CQSIZE;
    params.cq_entries = cqEntries;
  }
  if (flags & IORING_SETUP_SQPOLL) params.sq_thread_idle = 50;
  int error = io_uring_queue_init_params(sqEntries, ring, &params);
  if (error < 0) die("io_uring_setup", error);
}

/* A ring-mapped buffer group. */
struct group {
  struct io_uring_buf_ring *ring;
  char *memory;
  unsigned count, size;
};

static inline void giveBuffer(struct group *group, unsigned bid) {
  io_uring_buf_ring_add(group->ring, group->memory + (size_t)bid * group->size, group->size, bid,
                        io_uring_buf_ring_mask(group->count), 0);
  io_uring_buf_ring_advance(group->ring, 1);
}

static inline struct group makeGroup(struct io_uring *ring, unsigned count, unsigned size) {
  struct group group = {.count = count, .size = size};
  size_t bytes = count * sizeof(struct io_uring_buf);
  group.ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  group.memory = malloc((size_t)count * size);
  if (group.ring == MAP_FAILED || group.memory == NULL) die("mmap", errno);
  struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)group.ring, .ring_entries = count, .bgid = BGID};
  int error = io_uring_register_buf_ring(ring, &reg, 0);
  if (error < 0) die("io_uring_register_buf_ring", error);
  io_uring_buf_ring_init(group.ring);
  for (unsigned bid = 0; bid < count; bid++) giveBuffer(&group, bid);
  return group;
}

static inline struct io_uring_sqe *nextSqe(struct io_uring *ring) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
  while (sqe == NULL) {
    io_uring_submit(ring);
    sqe = io_uring_get_sqe(ring);
  }
  return sqe;
}

static inline struct io_uring_sqe *armRecv(struct io_uring *ring, int fd, unsigned long long userData, int multishot) {
  struct io_uring_sqe *sqe = nextSqe(ring);
  if (multishot) {
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
  } else {
    io_uring_prep_recv(sqe, fd, NULL, 0, 0);
  }
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = BGID;
  sqe->user_data = userData;
  return sqe;
}

static inline unsigned bidOf(const struct io_uring_cqe *cqe) { return cqe->flags >> IORING_CQE_BUFFER_SHIFT; }

/* Ways to end: the tests compare the exit status with and without a tracer. */
static inline int endAs(const char *end) {
  if (strcmp(end, "segv") == 0) raise(SIGSEGV);
  if (strcmp(end, "abort") == 0) abort();
  if (strcmp(end, "exit7") == 0) return 7;
  return 0;
}

#endif
