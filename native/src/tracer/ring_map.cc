#include "tracer/ring_map.h"

#include <linux/io_uring.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace ringlens {
namespace {

// A ring of 32768 SQEs is not searched from end to end for each event.
constexpr uint32_t kSearchedSqes = 512;

/**
 * Where head, tail and the rest lie in the shared page. The kernel tells it at io_uring_setup only, and to
 * the creator; they are the same for each ring of one kernel, so a small ring of our own tells us.
 */
struct Offsets {
  io_sqring_offsets sq{};
  io_cqring_offsets cq{};
  bool known = false;
};

const Offsets& offsets() {
  static const Offsets kOffsets = [] {
    Offsets o;
    io_uring_params params{};
    const Fd ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params)));
    o.known = static_cast<bool>(ring);
    o.sq = params.sq_off;
    o.cq = params.cq_off;
    return o;
  }();
  return kOffsets;
}

/** Mapping something else can succeed, and reading it then ends the process (a TCP socket: SIGBUS). */
bool isRing(const Fd& fd) {
  char target[64];
  const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), target, sizeof target);
  return n > 0 && std::string_view(target, static_cast<size_t>(n)) == "anon_inode:[io_uring]";
}

uint32_t loadU32(const uint8_t* base, uint32_t offset) {
  return __atomic_load_n(reinterpret_cast<const uint32_t*>(base + offset), __ATOMIC_ACQUIRE);
}

}  // namespace

Fd duplicateFd(int32_t pid, int32_t fd) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    throw systemFailure(errno, "pidfd_open", "There is no process " + std::to_string(pid) + ".");
  }
  Fd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
  if (!copy) {
    const std::string what = "fd " + std::to_string(fd) + " of process " + std::to_string(pid);
    throw systemFailure(errno, "pidfd_getfd",
                        errno == EPERM
                            ? "Looking at " + what + " needs root, or the same user and ptrace access."
                            : "Process " + std::to_string(pid) + " has no open " + what + ".");
  }
  return copy;
}

uint64_t inodeOf(const Fd& fd) {
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 ? status.st_ino : 0;
}

RingMap RingMap::open(int32_t pid, int32_t fd, uint32_t setupFlags) {
  const Fd ring = duplicateFd(pid, fd);
  const std::string what = "fd " + std::to_string(fd) + " of process " + std::to_string(pid);
  if (!isRing(ring)) throw Failure("EINVAL", what + " is no io_uring.");
  if (!offsets().known)
    throw unsupported("io_uring is not permitted here, so the memory of a ring can't be read.");
  const auto pageBytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));

  RingMap map;
  map.inode_ = inodeOf(ring);
  map.rings_ = FileMapping(ring.get(), pageBytes, PROT_READ, IORING_OFF_SQ_RING);
  if (!map.rings_)
    throw systemFailure(errno, "mmap",
                        what + " can't be mapped: it is a ring with memory of its application (NO_MMAP).");
  map.sqEntries_ = loadU32(map.rings_.data(), offsets().sq.ring_entries);
  if (map.sqEntries_ == 0 || map.sqEntries_ > 32768)
    throw Failure("EPROTO", what + " has no SQ that can be read.");

  // With SQE128 each is twice as long. Where the flags are not known, the length of the region tells, unless
  // both fit into one page.
  const auto mapSqes = [&](size_t sqeBytes) {
    map.sqeBytes_ = sqeBytes;
    map.sqes_ = FileMapping::whole(ring.get(), map.sqEntries_ * sqeBytes, IORING_OFF_SQES);
    return static_cast<bool>(map.sqes_);
  };
  const bool isWide = (setupFlags & (1u << 10)) != 0;  // IORING_SETUP_SQE128
  if (isWide || !mapSqes(64)) mapSqes(128);
  if (!map.sqes_) throw systemFailure(errno, "mmap", "The SQEs of " + what + " can't be mapped.");
  return map;
}

RingCounters RingMap::counters() const {
  const uint8_t* const base = rings_.data();
  const Offsets& o = offsets();
  RingCounters c;
  c.sqHead = loadU32(base, o.sq.head);
  c.sqTail = loadU32(base, o.sq.tail);
  c.cqHead = loadU32(base, o.cq.head);
  c.cqTail = loadU32(base, o.cq.tail);
  c.sqEntries = loadU32(base, o.sq.ring_entries);
  c.cqEntries = loadU32(base, o.cq.ring_entries);
  c.sqDropped = loadU32(base, o.sq.dropped);
  c.sqFlags = loadU32(base, o.sq.flags);
  c.cqOverflow = loadU32(base, o.cq.overflow);
  return c;
}

SqeView RingMap::sqeAt(uint32_t index) const {
  const uint8_t* const sqe = sqes_.data() + index * sqeBytes_;
  SqeView view;
  const auto copy = [&](size_t offset, auto* out) { std::memcpy(out, sqe + offset, sizeof *out); };
  copy(offsetof(io_uring_sqe, opcode), &view.opcode);
  copy(offsetof(io_uring_sqe, flags), &view.flags);
  copy(offsetof(io_uring_sqe, ioprio), &view.ioprio);
  copy(offsetof(io_uring_sqe, fd), &view.fd);
  copy(offsetof(io_uring_sqe, len), &view.length);
  copy(offsetof(io_uring_sqe, msg_flags), &view.msgFlags);
  copy(offsetof(io_uring_sqe, user_data), &view.userData);
  copy(offsetof(io_uring_sqe, buf_group), &view.bufGroup);
  return view;
}

template <typename F>
void RingMap::eachSqe(F visit) const {
  // Backwards from the SQ's tail. That holds for rings whose SQ array is the identity, as liburing and
  // NO_SQARRAY have it; on others the order of the search is arbitrary and the answer the same, unless a
  // user_data was used twice.
  const uint32_t tail = loadU32(rings_.data(), offsets().sq.tail);
  const uint32_t mask = sqEntries_ - 1;
  for (uint32_t i = 1; i <= std::min(sqEntries_, kSearchedSqes); i++) {
    const uint32_t index = (tail - i) & mask;
    const SqeView view = sqeAt(index);
    // The application may be writing it: what is read twice the same is whole.
    const SqeView again = sqeAt(index);
    if (again.userData != view.userData || again.opcode != view.opcode || again.fd != view.fd) continue;
    if (!visit(again)) return;
  }
}

std::optional<SqeView> RingMap::findSqe(uint64_t userData, uint8_t opcode) const {
  // Requests that share a user_data and were handed in together look the same: then no fd is told.
  constexpr unsigned kTogether = 64;
  std::optional<SqeView> found;
  unsigned behind = 0;
  eachSqe([&](const SqeView& sqe) {
    if (found) behind++;
    if (sqe.userData == userData && sqe.opcode == opcode) {
      if (!found) {
        found = sqe;
      } else if (sqe.fd != found->fd) {
        found->fd = -1;
        return false;
      }
    }
    return behind < kTogether;
  });
  return found;
}

std::vector<SqeView> RingMap::listSqes(bool (*wanted)(const SqeView&)) const {
  std::vector<SqeView> list;
  eachSqe([&](const SqeView& sqe) {
    if (wanted(sqe)) list.push_back(sqe);
    return true;
  });
  return list;
}

}  // namespace ringlens
