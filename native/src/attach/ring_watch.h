#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "attach/group_watch.h"
#include "trace/probe.h"
#include "tracer/selection.h"

namespace ringlens {

/**
 * One ring of another process, looked at in intervals. Its memory is mapped and its fd duplicated for the
 * moment of a sample only: both keep the ring alive (RingMap). Used by the sampler's thread.
 */
class RingWatch {
 public:
  explicit RingWatch(const RingInfo& info) : pid_(info.pid), fd_(info.fd), setupFlags_(info.setupFlags) {}

  /**
   * Writes what has changed since the last call, and ring_state and group_state each second at least. False:
   * the ring is closed, which was written.
   */
  bool sample(const std::vector<uint16_t>& bgids, Probe* probe);
  /** Writes ring_close. */
  void close(Probe* probe) const;

 private:
  void sampleState(Probe* probe);
  void sampleGroups(const std::vector<uint16_t>& bgids, Probe* probe);

  struct State {
    uint64_t cq = 0;
    int32_t polls = -1;
    uint32_t overflow = 0, sqHead = 0, sqTail = 0;
    bool operator==(const State& o) const {
      return cq == o.cq && polls == o.polls && overflow == o.overflow && sqHead == o.sqHead &&
             sqTail == o.sqTail;
    }
  };

  const int32_t pid_;
  const int32_t fd_;
  const uint32_t setupFlags_;
  uint64_t inode_ = 0;      // 0: not looked at yet
  bool mappable_ = true;    // not NO_MMAP, and permitted
  bool mayAskHead_ = true;  // not SINGLE_ISSUER
  State told_;
  uint64_t toldNs_ = 0;
  std::vector<GroupWatch> groups_;
};

}  // namespace ringlens
