#include "tracer/backend.h"

#include <cstdio>

namespace ringlens {
namespace {

// Both tracefs and PERF_EVENT_IOC_SET_FILTER take at most one page (kernel/trace/trace_events_filter.c, perf
// core).
constexpr size_t kLongestFilter = 4000;

}  // namespace

std::string filterText(const Tracepoint& tracepoint, const RingFilter& filter) {
  // The spin loop of an SQPOLL thread fires this one without end (MULTISHOT.md, fact 7).
  if (tracepoint.type == EventType::kTaskWorkRun) return "count > 0";
  // How rings are found: always all of them.
  if (tracepoint.type == EventType::kCreate || tracepoint.type == EventType::kRegister ||
      !tracepoint.hasContext)
    return "";
  const bool listed = filter.mode == RingFilter::Mode::kListed;
  if (filter.rings.empty()) return listed ? "ctx == 0x1" : "";
  std::string text;
  for (const uint64_t ctx : filter.rings) {
    char part[48];
    std::snprintf(part, sizeof part, "%sctx %s 0x%llx", text.empty() ? "" : (listed ? " || " : " && "),
                  listed ? "==" : "!=", static_cast<unsigned long long>(ctx));
    text += part;
  }
  return text.size() <= kLongestFilter ? text : "";
}

}  // namespace ringlens
