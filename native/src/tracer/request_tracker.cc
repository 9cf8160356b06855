#include "tracer/request_tracker.h"

namespace ringlens {
namespace {

constexpr uint32_t kPollOneshot = 1u << 30;  // EPOLLONESHOT

}  // namespace

uint32_t RequestTracker::open(uint64_t userData, uint64_t req, const RequestFacts& facts) {
  // The kernel hands out a req again only when its request is over: without a CQE (IOSQE_CQE_SKIP_SUCCESS) or
  // with one that was not traced.
  if (req != 0) {
    const uint32_t old = byReq_.find(req);
    if (old != kNone) close(old);
  }
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  entries_[index] = {userData, req, next(), byUserData_.find(userData), facts};
  byUserData_.set(userData, index);
  if (req != 0) byReq_.set(req, index);
  return index;
}

void RequestTracker::close(uint32_t index) {
  const Entry& entry = entries_[index];
  if (entry.req != 0) byReq_.erase(entry.req);
  uint32_t at = byUserData_.find(entry.userData);
  if (at == index) {
    if (entry.older == kNone) {
      byUserData_.erase(entry.userData);
    } else {
      byUserData_.set(entry.userData, entry.older);
    }
  } else {
    while (at != kNone && entries_[at].older != index) at = entries_[at].older;
    if (at != kNone) entries_[at].older = entry.older;
  }
  free_.push_back(index);
}

RequestTracker::Found RequestTracker::find(uint64_t userData, uint64_t req, bool wantMultishot) {
  const uint32_t newest = byUserData_.find(userData);
  if (req != 0) {
    const uint32_t known = byReq_.find(req);
    if (known != kNone && entries_[known].userData == userData) return {known, false};
    // Nobody's req: a request older than the trace. Perhaps one that F_MORE completions have shown us
    // already.
    uint32_t i = newest;
    while (i != kNone && entries_[i].req != 0) i = entries_[i].older;
    if (i == kNone) return {};
    if (known != kNone) close(known);  // its end was lost
    entries_[i].req = req;
    byReq_.set(req, i);
    return {i, false};
  }
  if (newest == kNone || entries_[newest].older == kNone) return {newest, false};
  // Several live requests share the user_data. Only a multishot gives F_MORE, so one multishot among them is
  // certain.
  uint32_t multishot = kNone;
  unsigned multishots = 0;
  for (uint32_t i = newest; i != kNone; i = entries_[i].older) {
    if (!entries_[i].facts.multishot) continue;
    if (multishots++ == 0) multishot = i;
  }
  if (wantMultishot && multishots == 1) return {multishot, false};
  ambiguous_++;
  return {wantMultishot && multishots > 1 ? multishot : newest, true};
}

uint32_t RequestTracker::submit(uint64_t userData, uint64_t req, const RequestFacts& facts) {
  return entries_[open(userData, req, facts)].number;
}

RequestMatch RequestTracker::matchOf(uint64_t userData, uint64_t req, bool wantMultishot) {
  RequestMatch match;
  const Found found = find(userData, req, wantMultishot);
  match.live = found.index;
  match.ambiguous = found.ambiguous;
  if (match.live == kNone) {
    if (!adopt_) return match;
    match.live = open(userData, req, {});
    match.adopted = true;
  }
  match.number = entries_[match.live].number;
  match.facts = entries_[match.live].facts;
  return match;
}

RequestMatch RequestTracker::join(uint64_t userData, uint64_t req) { return matchOf(userData, req, false); }

RequestMatch RequestTracker::fileGet(uint64_t userData, uint64_t req, int32_t fd) {
  RequestMatch match = matchOf(userData, req, false);
  if (match.number == 0) return match;
  match.facts.fd = fd;
  describe(match);
  return match;
}

RequestMatch RequestTracker::pollArm(uint64_t userData, uint64_t req, uint32_t mask) {
  RequestMatch match = matchOf(userData, req, false);
  if (match.number == 0 || req == 0) return match;
  match.facts.multishot = (mask & kPollOneshot) == 0;
  describe(match);
  return match;
}

RequestMatch RequestTracker::more(uint64_t userData, uint64_t req) {
  RequestMatch match = matchOf(userData, req, true);
  // The first of the two CQEs of a zero-copy send has F_MORE as well.
  const uint8_t code = match.facts.opcode;
  if (match.number == 0 || code == opcode::kSendZc || code == opcode::kSendmsgZc) return match;
  match.facts.multishot = true;
  describe(match);
  return match;
}

RequestMatch RequestTracker::end(uint64_t userData, uint64_t req) {
  RequestMatch match = matchOf(userData, req, false);
  if (match.live != kNone) close(match.live);
  match.live = kNone;
  return match;
}

}  // namespace ringlens
