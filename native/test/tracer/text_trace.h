#pragma once

#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "base/error.h"
#include "tracer/tracefs.h"
#include "tracer/tracefs_backend.h"

namespace ringlens {

/**
 * The kernel's own text of the same run, as the yardstick: a second private instance with all io_uring
 * tracepoints, formatted by the kernel (trace_clock=mono, options/hash-ptr=0) and not by us.
 */
class TextTrace {
 public:
  TextTrace() : tracefs_(TraceFs::open()), instance_(tracefs_) {
    instance_.write("trace_clock", "mono");
    instance_.write("options/overwrite", "0");
    instance_.write("options/hash-ptr", "0");
    instance_.write("buffer_size_kb", "131072");  // the rings of others are in it too
    // The spin loop of SQPOLL threads would fill any buffer.
    instance_.write("events/io_uring/io_uring_task_work_run/filter", "count > 0");
    if (const int error = instance_.write("events/io_uring/enable", "1")) {
      throw systemFailure(error, "write", "The text trace can't be switched on.");
    }
  }

  /**
   * Switches it off and copies into a file what can matter: everything of `rings` and of the rings that
   * processes named `creator` make, and all ring creations. The rings of others on this machine are left out:
   * they can be millions of lines. Throws when it has lost something: then it is no yardstick.
   */
  void save(const std::string& file, const std::string& creator, std::set<std::string> rings) {
    instance_.write("tracing_on", "0");
    for (int cpu = 0;; cpu++) {
      const auto stats = readSmallFile(instance_.path("per_cpu/cpu" + std::to_string(cpu) + "/stats"));
      if (!stats) break;
      if (stats->find("dropped events: 0\n") == std::string::npos)
        throw Failure("ELOST", "The text trace lost events.");
    }
    std::ifstream trace(instance_.path("trace"));
    std::ofstream out(file);
    std::string line;
    while (std::getline(trace, line)) {
      const std::string ring = after(line, " ring ");
      if (line.find(": io_uring_create: ") != std::string::npos) {
        // The kernel has not kept the name of every thread.
        const bool isNameless = line.find(" <...>-") != std::string::npos;
        if (isNameless || line.find(" " + creator + "-") != std::string::npos) rings.insert(ring);
      } else if (!ring.empty() && rings.count(ring) == 0) {
        continue;
      }
      out << line << '\n';
    }
    if (!out.flush()) throw Failure("EIO", "The text trace can't be saved.");
  }

 private:
  /** The word behind `key`, without the comma. */
  static std::string after(const std::string& line, const char* key) {
    const size_t at = line.find(key);
    if (at == std::string::npos) return {};
    const size_t begin = at + std::strlen(key);
    return line.substr(begin, line.find_first_of(", ", begin) - begin);
  }
  std::shared_ptr<TraceFs> tracefs_;
  TracefsInstance instance_;
};

}  // namespace ringlens
