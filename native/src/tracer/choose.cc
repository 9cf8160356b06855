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

constexpr const char* kMount = "sudo mount -t tracefs -o gid=$(id -g),mode=750 tracefs /sys/kernel/tracing";
constexpr const char* kRemount = "sudo mount -o remount,gid=$(id -g),mode=750 /sys/kernel/tracing";
constexpr const char* kParanoid = "sudo sysctl kernel.perf_event_paranoid=-1";

/** A root shell; ringlens is started from there as before. */
std::string asRoot() {
  return ::geteuid() != 0 ? "sudo -s" : "Run ringlens as root of the machine, not of a container.";
}

std::string perfEventParanoid() {
  const std::string text = readSmallFile("/proc/sys/kernel/perf_event_paranoid").value_or("unknown");
  return text.substr(0, text.find('\n'));
}

/** `first`, and what perf needs beside it. */
std::string andParanoid(const std::string& first) {
  return perfEventParanoid() == "-1" ? first : first + " && " + kParanoid;
}

/** "It needs root. (mkdir: EACCES)" → "It needs root (mkdir: EACCES)" */
std::string clauseOf(std::string reason) {
  const size_t stop = reason.find(". (");
  if (stop != std::string::npos) reason.erase(stop, 1);
  if (!reason.empty() && reason.back() == '.') reason.pop_back();
  return reason;
}

BackendChoice refused(const char* name, std::string reason, std::string remedy) {
  return {name, false, std::move(reason), std::move(remedy)};
}

BackendChoice probeTracefs(const std::shared_ptr<TraceFs>& tracefs) {
  try {
    const TracefsInstance instance(tracefs);
    if (const int error = instance.write("trace_clock", "mono")) {
      return refused("tracefs", "An instance of tracefs can't be set up (" + errnoName(error) + ").",
                     asRoot());
    }
    const Fd pages(
        ::open(instance.path("per_cpu/cpu0/trace_pipe_raw").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!pages) {
      return refused("tracefs", "The trace buffers of tracefs can't be read (" + errnoName(errno) + ").",
                     errno == EPERM ? "cat /sys/kernel/security/lockdown" : asRoot());
    }
    return {"tracefs", true, {}, {}};
  } catch (const Failure& failure) {
    return refused("tracefs", failure.message, asRoot());
  }
}

BackendChoice probePerf(const std::shared_ptr<TraceFs>& tracefs) {
  const EventLayouts layouts([&](const std::string& event) { return tracefs->readFormat(event); });
  const int error = PerfBackend::probe(layouts);
  if (error == 0) return {"perf", true, {}, {}};
  if (error == ENOENT) {
    return refused("perf", "The formats of the io_uring tracepoints can't be read from tracefs.",
                   andParanoid(kRemount));
  }
  return refused(
      "perf",
      "perf_event_open says " + errnoName(error) + " (perf_event_paranoid is " + perfEventParanoid() + ").",
      kParanoid);
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
                       const std::string& remedy) {
    if (!name.empty() && name != backend) return;
    if (first && !choices.empty() && choices.back().permitted) return;
    choices.push_back(tracefs == nullptr ? refused(backend, absent, remedy) : tryOut(tracefs));
  };
  add("tracefs", probeTracefs, asRoot());
  add("perf", probePerf, andParanoid(kMount));
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
  std::string cure;
  for (const BackendChoice& choice : probe(name, true)) {
    if (!choice.permitted) {
      why += (why.empty() ? "" : "; ") + choice.name + ": " + clauseOf(choice.reason);
      // The later one asks for less.
      if (choice.remedy.rfind("sudo ", 0) == 0) cure = choice.remedy;
      continue;
    }
    auto tracefs = TraceFs::open();
    if (choice.name == "perf") return {choice.name, std::make_unique<PerfBackend>(std::move(tracefs))};
    return {choice.name, std::make_unique<TracefsBackend>(std::move(tracefs))};
  }
  if (why.empty()) throw invalidParam("backend: there is none named " + name + "; it is tracefs or perf.");
  throw Failure("ENOTRACER", "The kernel's events can't be read here. " + why +
                                 (cure.empty() ? "." : "; type `" + cure + "` and start again."));
}

}  // namespace ringlens
