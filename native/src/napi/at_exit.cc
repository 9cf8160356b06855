#include "napi/at_exit.h"

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

namespace ringlens {
namespace {

struct Running {
  std::mutex mutex;
  std::vector<std::pair<const void*, std::function<void()>>> ends;
};

/** Never destroyed: exit(3) uses it. */
Running& running() {
  static Running* const all = new Running;
  return *all;
}

void endAll() {
  for (;;) {
    std::function<void()> end;
    {
      const std::lock_guard<std::mutex> lock(running().mutex);
      if (running().ends.empty()) return;
      end = std::move(running().ends.back().second);
      running().ends.pop_back();
    }
    end();
  }
}

}  // namespace

void endAtExit(const void* owner, std::function<void()> end) {
  static const int registered = std::atexit(endAll);
  static_cast<void>(registered);
  const std::lock_guard<std::mutex> lock(running().mutex);
  running().ends.emplace_back(owner, std::move(end));
}

void forgetAtExit(const void* owner) {
  const std::lock_guard<std::mutex> lock(running().mutex);
  auto& ends = running().ends;
  for (size_t i = ends.size(); i-- > 0;) {
    if (ends[i].first == owner) ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace ringlens
