#include "attach/target.h"

#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "tracer/fdinfo.h"
#include "tracer/tracefs.h"

namespace ringlens {
namespace {

constexpr unsigned long kKernelThread = 0x200000;  // PF_KTHREAD, include/linux/sched.h

/** What /proc says of a pid. */
struct ProcInfo {
  std::string name;
  int32_t process = 0;  // its thread group: another number than the pid's for a thread
  char state = '?';
  uid_t user = 0;
  bool isKernelThread = false;
};

Failure noSuchProcess(int32_t pid) {
  return Failure("ESRCH",
                 "There is no process " + std::to_string(pid) + "; look for its number with: pgrep -a NAME",
                 ESRCH);
}

ProcInfo lookUp(int32_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto status = readSmallFile(folder + "/status");
  const auto stat = readSmallFile(folder + "/stat");
  if (!status || !stat) throw noSuchProcess(pid);
  ProcInfo info;
  std::istringstream lines(*status);
  std::string line;
  while (std::getline(lines, line)) {
    const auto value = [&](const char* key) {
      const std::string start = std::string(key) + ":\t";
      return line.compare(0, start.size(), start) == 0 ? line.c_str() + start.size() : nullptr;
    };
    if (const char* name = value("Name")) info.name = name;
    if (const char* state = value("State")) info.state = *state;
    if (const char* process = value("Tgid")) info.process = std::atoi(process);
    if (const char* user = value("Uid")) info.user = static_cast<uid_t>(std::strtoul(user, nullptr, 10));
  }
  // proc(5): "pid (comm) state ppid pgrp session tty tpgid flags"; comm can hold anything, also ")".
  const size_t close = stat->rfind(')');
  if (close != std::string::npos) {
    std::istringstream words(stat->substr(close + 1));
    std::string state;
    long skipped;
    unsigned long flags = 0;
    words >> state >> skipped >> skipped >> skipped >> skipped >> skipped >> flags;
    info.isKernelThread = (flags & kKernelThread) != 0;
  }
  return info;
}

std::string userName(uid_t user) {
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer, sizeof buffer, &found);
  return found != nullptr ? found->pw_name : "number " + std::to_string(user);
}

std::string described(int32_t pid, const std::string& name) {
  return "Process " + std::to_string(pid) + " (" + name + ")";
}

}  // namespace

Target openTarget(int32_t pid) {
  Target target;
  target.pid = pid;
  // First of all: from here on the number can't become another process's.
  target.pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int error = target.pidfd ? 0 : errno;
  const ProcInfo info = lookUp(pid);
  target.name = info.name;
  const std::string who = described(pid, info.name);
  if (info.process != pid) {
    throw invalidParam("pids: " + std::to_string(pid) + " is a thread of process " +
                       std::to_string(info.process) + " (" + info.name + "); give " +
                       std::to_string(info.process) + ".");
  }
  if (info.isKernelThread)
    throw Failure("ENORING",
                  who + " is a thread of the kernel, which has no ring; give the number of a program.");
  if (info.state == 'Z' || info.state == 'X' || error == ESRCH)
    throw Failure("ESRCH", who + " has ended; start it again and give its new number.", ESRCH);
  if (error != 0) throw systemFailure(error, "pidfd_open", who + " can't be watched");
  try {
    findRingFds(pid);
  } catch (const Failure& failure) {
    if (failure.errnum == ENOENT) throw noSuchProcess(pid);
    if (info.user != ::geteuid()) {
      throw Failure("EPERM",
                    who + " belongs to the user " + userName(info.user) +
                        "; run ringlens as root (sudo) to look at it.",
                    EPERM);
    }
    throw Failure("EPERM",
                  who +
                      " may not be looked at, though it is yours (it has changed its privileges); run "
                      "ringlens as root (sudo).",
                  EPERM);
  }
  return target;
}

void requireRing(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    try {
      if (!findRingFds(target.pid).empty()) return;
    } catch (const Failure&) {
      // It has ended meanwhile.
    }
  }
  const Target& first = targets.front();
  const std::string who = targets.size() == 1
                              ? described(first.pid, first.name) + " has no io_uring ring"
                              : "None of the " + std::to_string(targets.size()) + " processes, such as " +
                                    std::to_string(first.pid) + " (" + first.name + "), has an io_uring ring";
  throw Failure("ENORING",
                who + ": to see it from its first system call, start it with: ringlens run -- " + first.name);
}

}  // namespace ringlens
