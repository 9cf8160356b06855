#include "tracer/instance_name.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <vector>

#include "tracer/tracefs.h"

namespace ringlens {
namespace {

constexpr std::string_view kPrefix = "ringlens-";

/** Field 22 of /proc/PID/stat (proc(5)): start time in clock ticks since boot; 0 when the process is gone. */
unsigned long long startTimeOf(long pid) {
  const auto stat = readSmallFile("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return 0;
  // The name of the process can hold anything, also spaces; it ends at the last ')', and field 3 follows.
  std::istringstream rest(stat->substr(stat->rfind(')') + 1));
  std::string word;
  for (int field = 3; field <= 22; field++) rest >> word;
  unsigned long long ticks = 0;
  std::from_chars(word.data(), word.data() + word.size(), ticks);
  return ticks;
}

/** "7-12-3" → {7, 12, 3}; empty when it has another form. */
std::vector<unsigned long long> numbersOf(std::string_view text) {
  std::vector<unsigned long long> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    unsigned long long value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec != std::errc()) return {};
    numbers.push_back(value);
    if (parsed.ptr == end) return numbers;
    if (*parsed.ptr != '-') return {};
    at = parsed.ptr + 1;
  }
}

}  // namespace

std::string newInstanceName() {
  static std::atomic<unsigned> count{0};
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(startTimeOf(::getpid())) +
         "-" + std::to_string(++count);
}

bool isStaleInstance(std::string_view name) {
  if (name.substr(0, kPrefix.size()) != kPrefix) return false;
  const auto numbers = numbersOf(name.substr(kPrefix.size()));
  if (numbers.size() != 3) return false;
  const auto pid = static_cast<pid_t>(numbers[0]);
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  return startTimeOf(pid) != numbers[1];
}

}  // namespace ringlens
