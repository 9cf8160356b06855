#pragma once

#include <cstdint>
#include <vector>

#include "tracer/flat_map.h"
#include "tracer/request_facts.h"

namespace ringlens {

/**
 * Numbers the requests of one ring and says to which one an event belongs. Each submitted SQE gets the next
 * number, as the probe numbers the SQEs that it hands in; identity is (ring, user_data, number).
 *
 *     submit(ud 7, req A) = 1     submit(ud 9, req B) = 2     submit(ud 7, req C) = 3
 *     join(ud 7, req A)   = 1     req is set: exact
 *     more(ud 7)          = 3     an F_MORE completion has no req: the newest live one of its user_data
 * (ambiguous: 1 and 3) end(ud 7, req C)    = 3     and 3 is over
 *
 * The kernel reuses a req at once, so it joins events inside one request's life and nothing else
 * (MULTISHOT.md, 0.2).
 */
class RequestTracker {
 public:
  /** `before`: SQEs that were handed in before the trace began. `adopt`: requests older than the trace get a
   * number. */
  RequestTracker(uint32_t before, bool adopt) : last_(before), adopt_(adopt) {}

  uint32_t submit(uint64_t userData, uint64_t req, const RequestFacts& facts = {});
  /** Any event in a request's life. */
  RequestMatch join(uint64_t userData, uint64_t req);
  /** The kernel resolved the fd of the request. */
  RequestMatch fileGet(uint64_t userData, uint64_t req, int32_t fd);
  /** The kernel armed its poll; mask bit 30 (EPOLLONESHOT) is clear on a multishot's (MULTISHOT.md, fact 3).
   */
  RequestMatch pollArm(uint64_t userData, uint64_t req, uint32_t mask);
  /** A CQE with F_MORE. */
  RequestMatch more(uint64_t userData, uint64_t req);
  /** A CQE without F_MORE. */
  RequestMatch end(uint64_t userData, uint64_t req);
  /** What was found out about an adopted request, for its later events. */
  void describe(const RequestMatch& match) {
    if (match.live != kNone) entries_[match.live].facts = match.facts;
  }

  /** visit(user_data, number, facts) of each request that is in flight. */
  template <typename Visit>
  void forEachLive(Visit visit) const {
    byUserData_.forEach([&](uint64_t userData, uint32_t newest) {
      for (uint32_t i = newest; i != kNone; i = entries_[i].older)
        visit(userData, entries_[i].number, entries_[i].facts);
    });
  }

  /** Events whose user_data several live requests shared, with nothing to tell them apart. */
  uint64_t ambiguous() const { return ambiguous_; }

 private:
  static constexpr uint32_t kNone = FlatMap::kAbsent;
  struct Entry {
    uint64_t userData;
    uint64_t req;
    uint32_t number;
    uint32_t older;  // next live request of the same user_data
    RequestFacts facts;
  };
  struct Found {
    uint32_t index = kNone;
    bool ambiguous = false;
  };
  uint32_t open(uint64_t userData, uint64_t req, const RequestFacts& facts);
  void close(uint32_t index);
  /** The live request, or, where that is wanted, a new one for what is older than the trace. */
  RequestMatch matchOf(uint64_t userData, uint64_t req, bool wantMultishot);
  /** The live request; kNone: the trace has not seen its submission. `req` 0 = not told. */
  Found find(uint64_t userData, uint64_t req, bool wantMultishot);
  uint32_t next() {
    if (++last_ == 0) last_ = 1;
    return last_;
  }

  uint32_t last_;
  bool adopt_;
  uint64_t ambiguous_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  FlatMap byUserData_;  // → the newest live request
  FlatMap byReq_;
};

}  // namespace ringlens
