#include "tracer/choose.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "tracer/perf_backend.h"
#include "tracer/tracefs.h"
#include "tracer/tracefs_backend.h"

namespace ringlens {
namespace {

constexpr const char* kAsRoot = "Run ringlens as root (sudo), or with CAP_SYS_ADMIN.";

BackendChoice refused(const char* name, std::string reason, std::string remedy) {
  return {name, false, std::move(reason), std::move(remedy)};
}

BackendChoice probeTracefs(const std::shared_ptr<TraceFs>& tracefs) {
  try {
    const TracefsInstance instance(tracefs);
    if (const int error = instance.write("trace_clock", "mono")) {
      return refused("tracefs", "An instance of tracefs can't be set up (" + errnoName(error) + ").",
                     kAsRoot);
    }
    const Fd pages(
        ::open(instance.path("per_cpu/cpu0/trace_pipe_raw").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!pages) {
      return refused("tracefs", "The trace buffers of tracefs can't be read (" + errnoName(errno) + ").",
                     errno == EPERM ? "Kernel lockdown is on (cat /sys/kernel/security/lockdown)." : kAsRoot);
    }
    return {"tracefs", true, {}, {}};
  } catch (const Failure& failure) {
    return refused("tracefs", failure.message, kAsRoot);
  }
}

BackendChoice probePerf(const std::shared_ptr<TraceFs>& tracefs) {
  const EventLayouts layouts([&](const std::string& event) { return tracefs->readFormat(event); });
  const int error = PerfBackend::probe(layouts);
  if (error == 0) return {"perf", true, {}, {}};
  if (error == ENOENT) {
    return refused("perf", "The formats of the io_uring tracepoints can't be read from tracefs.",
                   "sudo mount -o remount,gid=$(id -g),mode=750 /sys/kernel/tracing");
  }
  const std::string paranoid = readSmallFile("/proc/sys/kernel/perf_event_paranoid").value_or("unknown");
  return refused("perf",
                 "perf_event_open says " + errnoName(error) + " (perf_event_paranoid is " +
                     paranoid.substr(0, paranoid.find('\n')) + ").",
                 "sudo setcap cap_perfmon,cap_ipc_lock+ep \"$(readlink -f \"$(which node)\")\", or: "
                 "sudo sysctl kernel.perf_event_paranoid=-1");
}

/**
 * Tries them, best first: all, or the one of that name; `first`: no further than the first that is permitted,
 * since each trial waits for the kernel's grace periods.
 */
std::vector<BackendChoice> probe(const std::string& name, bool first) {
  std::shared_ptr<TraceFs> tracefs;
  std::string absent;
  try {
    tracefs = TraceFs::open();
  } catch (const Failure& failure) {
    absent = failure.message;
  }
  std::vector<BackendChoice> choices;
  const auto add = [&](const char* backend, BackendChoice (*tryOut)(const std::shared_ptr<TraceFs>&),
                       const char* remedy) {
    if (!name.empty() && name != backend) return;
    if (first && !choices.empty() && choices.back().permitted) return;
    choices.push_back(tracefs == nullptr ? refused(backend, absent, remedy) : tryOut(tracefs));
  };
  add("tracefs", probeTracefs, kAsRoot);
  add("perf", probePerf,
      "sudo mount -t tracefs -o gid=$(id -g),mode=750 tracefs /sys/kernel/tracing, and give CAP_PERFMON.");
  return choices;
}

}  // namespace

std::vector<BackendChoice> probeBackends() { return probe({}, false); }

std::vector<std::string> missingTracepoints() {
  const auto tracefs = TraceFs::open();
  return EventLayouts([&](const std::string& event) { return tracefs->readFormat(event); }).missing();
}

ChosenBackend chooseBackend(const std::string& name) {
  std::string why;
  for (const BackendChoice& choice : probe(name, true)) {
    if (!choice.permitted) {
      why += (why.empty() ? "" : " ") + choice.name + ": " + choice.reason + " " + choice.remedy;
      continue;
    }
    auto tracefs = TraceFs::open();
    if (choice.name == "perf") return {choice.name, std::make_unique<PerfBackend>(std::move(tracefs))};
    return {choice.name, std::make_unique<TracefsBackend>(std::move(tracefs))};
  }
  if (why.empty()) throw invalidParam("backend: there is none named " + name + "; it is tracefs or perf.");
  throw Failure("ENOTRACER", "The kernel's events can't be read here. " + why);
}

}  // namespace ringlens
