#include "tracer/tracefs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace ringlens {
namespace {

/** Mount points of tracefs: /proc/mounts, then the places where systemd mounts it. */
std::optional<std::string> findMounted() {
  std::ifstream mounts("/proc/self/mounts");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device, point, type;
    words >> device >> point >> type;
    if (type == "tracefs" && ::access((point + "/events").c_str(), F_OK) == 0) return point;
  }
  return std::nullopt;
}

/** A mount that has no path; -1 and errno when it is not permitted. */
int mountDetached() {
  const Fd context(static_cast<int>(::syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC)));
  if (!context) return -1;
  if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  return static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0));
}

}  // namespace

std::shared_ptr<TraceFs> TraceFs::open() {
  if (auto mounted = findMounted()) return std::shared_ptr<TraceFs>(new TraceFs(*mounted, Fd()));
  Fd mount(mountDetached());
  if (!mount) {
    if (errno == ENODEV) throw unsupported("This kernel has no tracefs (CONFIG_TRACING is off).");
    throw systemFailure(errno, "fsmount", "tracefs is not mounted, and mounting it needs root.");
  }
  std::string root = "/proc/self/fd/" + std::to_string(mount.get());
  return std::shared_ptr<TraceFs>(new TraceFs(std::move(root), std::move(mount)));
}

std::optional<std::string> TraceFs::read(const std::string& relative) const {
  return readSmallFile(path(relative));
}

std::optional<std::string> readSmallFile(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t n = ::read(fd.get(), part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return text;
    text.append(part, static_cast<size_t>(n));
  }
}

int writeSmallFile(const std::string& path, const std::string& text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd) return errno;
  return ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

}  // namespace ringlens
