#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tracer/backend.h"

namespace ringlens {

/** One way to read the kernel's events on this machine, best first. */
struct BackendChoice {
  std::string name;  // "tracefs", "perf"
  bool permitted = false;
  std::string reason;  // why not; empty when permitted
  std::string remedy;  // a command to type, where one helps ("sudo …"); empty when permitted
};

/** Tries each way for real (and undoes it). Never throws. */
std::vector<BackendChoice> probeBackends();

/** Tracepoints and fields that this kernel lacks, e.g. "io_uring/io_uring_poll_arm". Throws where tracefs
 * can't be read. */
std::vector<std::string> missingTracepoints();

struct ChosenBackend {
  std::string name;
  std::unique_ptr<Backend> backend;
};

/** The best permitted one, or the one of that name. Throws Failure when there is none: one line with the
 * reasons, and the one command that asks for least. */
ChosenBackend chooseBackend(const std::string& name = {});

}  // namespace ringlens
