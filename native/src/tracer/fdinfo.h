#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringlens {

/** What /proc/PID/fdinfo/FD says of a ring: the one source that needs no tracing and touches nothing of the
 * target. */
struct RingFdinfo {
  struct Poll {
    uint8_t opcode = 0;  // 27 = RECV, 10 = RECVMSG, 13 = ACCEPT
    uint32_t taskWorks = 0;
  };
  struct Cqe {
    uint64_t userData = 0;
    int32_t res = 0;
    uint32_t flags = 0;
  };
  uint32_t sqMask = 0, sqHead = 0, sqTail = 0, cachedSqHead = 0;
  uint32_t cqMask = 0, cqHead = 0, cqTail = 0, cachedCqTail = 0;
  int32_t sqThread = -1;      // tid of the SQPOLL thread
  uint32_t userFiles = 0;     // registered
  uint32_t userBuffers = 0;   // registered
  std::vector<Cqe> unreaped;  // in the CQ
  std::vector<Poll> polls;    // armed polls: the opcode only, neither fd nor user_data
  std::vector<Cqe> overflow;  // CQEs that wait for room in the CQ
  bool complete = false;      // false: the ring was locked by its owner, so the kernel left the lists out
};

/**
 * Reads the text. Lines that are not known are passed over: 6.1 lacks SqTotalTime and NAPI, and newer kernels
 * add more. nullopt: not the fdinfo of a ring. Format: io_uring/fdinfo.c, io_uring_show_fdinfo; samples in
 * MULTISHOT.md, 2.1.
 */
std::optional<RingFdinfo> parseRingFdinfo(std::string_view text);

/** nullopt: no such process or fd, no permission, or no ring. */
std::optional<RingFdinfo> readRingFdinfo(int32_t pid, int32_t fd);

/** Tells rings apart where fd numbers are used again: each has its own inode. 0: closed, or no ring (any
 * more). */
uint64_t ringInode(int32_t pid, int32_t fd);

/** The fds of a process that are rings, from /proc/PID/fd. Throws Failure: no such process, no permission. */
std::vector<int32_t> findRingFds(int32_t pid);

}  // namespace ringlens
