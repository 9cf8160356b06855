/*
 * Several rings in one process, with threads that come later: one ring from the start, which waits for nothing but a
 * pipe, and for each accepted connection a new thread with a ring of its own.
 *
 *   rings [--connections 3] [--fork]
 *
 * --fork: the last connection is served by a child process instead of a thread.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "target.h"

static void *serve(void *argument) {
  const int fd = (int)(long)argument;
  struct io_uring ring;
  /* Roomy, so that no multishot ends before its connection, however late this thread gets to run. */
  setUpRing(&ring, 8, 1024, 0);
  struct group group = makeGroup(&ring, 128, 256);
  long *messages = calloc(1, sizeof *messages);
  armRecv(&ring, fd, 0x3000 + (unsigned)fd, 1);
  for (int open = 1; open;) {
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&ring, &cqe) == 0) {
      if (cqe->res > 0) (*messages)++;
      if (cqe->flags & IORING_CQE_F_BUFFER) giveBuffer(&group, bidOf(cqe));
      if (cqe->res == 0) open = 0;
      if (open && !(cqe->flags & IORING_CQE_F_MORE)) armRecv(&ring, fd, cqe->user_data, 1);
      io_uring_cqe_seen(&ring, cqe);
    }
  }
  io_uring_queue_exit(&ring);
  return messages;
}

int main(int argc, char **argv) {
  const long connections = option(argc, argv, "--connections", 3);
  const int forks = (int)option(argc, argv, "--fork", 0);
  struct io_uring ring;
  int pipes[2];
  char byte;
  setUpRing(&ring, 4, 0, 0);
  if (pipe(pipes) != 0) die("pipe", errno);
  struct io_uring_sqe *sqe = nextSqe(&ring);
  io_uring_prep_read(sqe, pipes[0], &byte, 1, 0);
  sqe->user_data = 0x7e57;
  io_uring_submit(&ring);

  int listener = bindAndTell(SOCK_STREAM);
  pthread_t threads[64];
  long started = 0, messages = 0;
  for (long i = 0; i < connections; i++) {
    long fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept", errno);
    if (forks && i == connections - 1) {
      pid_t child = fork();
      if (child == 0) {
        serve((void *)fd);
        _exit(0);
      }
      close((int)fd);
      waitpid(child, NULL, 0);
    } else if (pthread_create(&threads[started++], NULL, serve, (void *)fd) != 0) {
      die("pthread_create", EAGAIN);
    }
  }
  for (long i = 0; i < started; i++) {
    long *count;
    pthread_join(threads[i], (void **)&count);
    messages += *count;
  }
  /* The first ring's read ends, so that it too has completed something. */
  if (write(pipes[1], "x", 1) != 1) die("write", errno);
  struct io_uring_cqe *cqe;
  io_uring_wait_cqe(&ring, &cqe);
  printf("messages %ld first %d\n", messages, cqe->res);
  return 0;
}
