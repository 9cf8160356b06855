#include "tracer/fdinfo.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "tracer/tracefs.h"

namespace ringlens {
namespace {

enum class List { kNone, kCqes, kPolls, kOverflow };

struct NumberLine {
  const char* key;
  uint32_t RingFdinfo::*field;
};
constexpr NumberLine kNumbers[] = {
    {"SqMask", &RingFdinfo::sqMask},       {"SqHead", &RingFdinfo::sqHead},
    {"SqTail", &RingFdinfo::sqTail},       {"CachedSqHead", &RingFdinfo::cachedSqHead},
    {"CqMask", &RingFdinfo::cqMask},       {"CqHead", &RingFdinfo::cqHead},
    {"CqTail", &RingFdinfo::cqTail},       {"CachedCqTail", &RingFdinfo::cachedCqTail},
    {"UserFiles", &RingFdinfo::userFiles}, {"UserBufs", &RingFdinfo::userBuffers},
};

/** A line of its own at the margin: "CqMask:\t0x3". Returns the list that begins with it. */
List readHeading(const std::string& line, RingFdinfo* info) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return List::kNone;
  const std::string key = line.substr(0, colon);
  const char* const value = line.c_str() + colon + 1;
  for (const NumberLine& number : kNumbers) {
    if (key == number.key) info->*number.field = static_cast<uint32_t>(std::strtoul(value, nullptr, 0));
  }
  if (key == "SqThread") info->sqThread = static_cast<int32_t>(std::strtol(value, nullptr, 10));
  if (key == "CQEs") return List::kCqes;
  if (key == "PollList") {
    info->complete = true;
    return List::kPolls;
  }
  return key == "CqOverflowList" ? List::kOverflow : List::kNone;
}

void readItem(const char* line, List list, RingFdinfo* info) {
  RingFdinfo::Cqe cqe;
  unsigned index, opcode, works;
  unsigned long long userData;
  switch (list) {
    case List::kCqes:
      if (std::sscanf(line, " %u: user_data:%llu, res:%d, flag:%x", &index, &userData, &cqe.res,
                      &cqe.flags) != 4) {
        return;
      }
      cqe.userData = userData;
      info->unreaped.push_back(cqe);
      return;
    case List::kPolls:
      if (std::sscanf(line, " op=%u, task_works=%u", &opcode, &works) != 2) return;
      info->polls.push_back({static_cast<uint8_t>(opcode), works});
      return;
    case List::kOverflow:
      if (std::sscanf(line, " user_data=%llu, res=%d, flags=%x", &userData, &cqe.res, &cqe.flags) != 3)
        return;
      cqe.userData = userData;
      info->overflow.push_back(cqe);
      return;
    case List::kNone: return;
  }
}

/** A link of /proc/PID/fd. */
bool isRingLink(const std::string& path) {
  char target[64];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  return n > 0 && std::string_view(target, static_cast<size_t>(n)) == "anon_inode:[io_uring]";
}

std::string processName(int32_t pid) { return "process " + std::to_string(pid); }

}  // namespace

std::optional<RingFdinfo> parseRingFdinfo(std::string_view text) {
  RingFdinfo info;
  List list = List::kNone;
  bool isRing = false;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string line(text.substr(0, newline));
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
    if (line.empty()) continue;
    if (line.compare(0, 7, "SqMask:") == 0) isRing = true;
    if (line[0] == ' ') {
      readItem(line.c_str(), list, &info);
    } else {
      list = readHeading(line, &info);
    }
  }
  if (!isRing) return std::nullopt;
  return info;
}

std::optional<RingFdinfo> readRingFdinfo(int32_t pid, int32_t fd) {
  const auto text = readSmallFile("/proc/" + std::to_string(pid) + "/fdinfo/" + std::to_string(fd));
  return text ? parseRingFdinfo(*text) : std::nullopt;
}

uint64_t ringInode(int32_t pid, int32_t fd) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  struct stat status {};
  return isRingLink(path) && ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::vector<int32_t> findRingFds(int32_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
  DIR* const entries = ::opendir(directory.c_str());
  if (entries == nullptr) {
    if (errno == ENOENT) throw systemFailure(errno, "opendir", "There is no " + processName(pid) + ".");
    throw systemFailure(
        errno, "opendir",
        "The open files of " + processName(pid) + " can't be listed: it needs root or its user.");
  }
  std::vector<int32_t> fds;
  while (const dirent* entry = ::readdir(entries)) {
    if (isRingLink(directory + "/" + entry->d_name)) fds.push_back(std::atoi(entry->d_name));
  }
  ::closedir(entries);
  std::sort(fds.begin(), fds.end());
  return fds;
}

}  // namespace ringlens
