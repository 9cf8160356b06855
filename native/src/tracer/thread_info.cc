#include "tracer/thread_info.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "tracer/tracefs.h"

namespace ringlens {

ThreadInfo lookUpThread(int32_t tid) {
  ThreadInfo info;
  info.tid = tid;
  if (tid == 0) {
    info.name = "idle";
    return info;
  }
  std::istringstream status(readSmallFile("/proc/" + std::to_string(tid) + "/status").value_or(""));
  std::string line;
  while (std::getline(status, line)) {
    if (line.compare(0, 6, "Name:\t") == 0) info.name = line.substr(6);
    if (line.compare(0, 6, "Tgid:\t") == 0) info.pid = std::atoi(line.c_str() + 6);
  }
  return info;
}

}  // namespace ringlens
