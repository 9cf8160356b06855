/*
 * The other side, in a process of its own: a wake fires in the sender's context, so with both in one process a pid
 * filter would seem to see all.
 *
 *   traffic tcp|udp PORT [--connections 1] [--messages 100] [--size 16] [--wait MSEC] [--gap USEC] [--echo]
 *                    [--reset] [--go]
 *
 * --wait: pause between the connections and the first message. --gap: pause between rounds, so that messages don't merge. --echo: waits for 16 bytes after each message.
 * --reset: ends with RST instead of FIN. --go: prints "connected" and waits for a byte on stdin before the first message,
 * and for another one before the end.
 */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 3) die("usage: traffic tcp|udp PORT", EINVAL);
  const int stream = strcmp(argv[1], "tcp") == 0;
  const long connections = option(argc, argv, "--connections", 1);
  const long messages = option(argc, argv, "--messages", 100);
  const long size = option(argc, argv, "--size", 16);
  const long gap = option(argc, argv, "--gap", 0);
  const int echo = (int)option(argc, argv, "--echo", 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((unsigned short)atoi(argv[2]));
  int fds[256];
  char *data = calloc(1, (size_t)size);
  for (long i = 0; i < connections; i++) {
    int one = 1;
    fds[i] = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (connect(fds[i], (struct sockaddr *)&address, sizeof address) != 0) die("connect", errno);
    if (stream) setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  usleep((useconds_t)option(argc, argv, "--wait", 50) * 1000); /* the server has armed its recvs */
  const int go = (int)option(argc, argv, "--go", 0);
  char byte;
  if (go) {
    printf("connected\n");
    fflush(stdout);
    if (read(STDIN_FILENO, &byte, 1) != 1) return 1;
  }
  for (long m = 0; m < messages; m++) {
    for (long i = 0; i < connections; i++) {
      char answer[16];
      if (send(fds[i], data, (size_t)size, MSG_NOSIGNAL) < 0) die("send", errno);
      if (echo && recv(fds[i], answer, sizeof answer, MSG_WAITALL) != sizeof answer) die("recv", errno);
    }
    if (gap > 0) usleep((useconds_t)gap);
  }
  if (go) {
    printf("sent\n");
    fflush(stdout);
    if (read(STDIN_FILENO, &byte, 1) != 1) return 1;
  }
  /* The end of a datagram stream, again and again since one can get lost; refused = the server has ended. */
  for (int i = 0; !stream && i < 100 && send(fds[0], data, 0, MSG_NOSIGNAL) == 0; i++) usleep(5000);
  for (long i = 0; i < connections; i++) {
    struct linger linger = {1, 0};
    if (option(argc, argv, "--reset", 0)) setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fds[i]);
  }
  return 0;
}
