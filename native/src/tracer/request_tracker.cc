#include "tracer/request_tracker.h"

namespace ringlens {
namespace {

constexpr uint32_t kPollOneshot = 1u << 30;  // EPOLLONESHOT

}  // namespace

uint32_t RequestTracker::open(uint64_t userData, uint64_t req) {
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
  entries_[index] = {userData, req, next(), byUserData_.find(userData), false};
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

uint32_t RequestTracker::find(uint64_t userData, uint64_t req, bool wantMultishot) {
  const uint32_t newest = byUserData_.find(userData);
  if (req != 0) {
    const uint32_t known = byReq_.find(req);
    if (known != kNone && entries_[known].userData == userData) return known;
    // Nobody's req: a request older than the trace. Perhaps one that F_MORE completions have shown us
    // already.
    uint32_t i = newest;
    while (i != kNone && entries_[i].req != 0) i = entries_[i].older;
    if (i == kNone) return kNone;
    if (known != kNone) close(known);  // its end was lost
    entries_[i].req = req;
    byReq_.set(req, i);
    return i;
  }
  if (newest == kNone || entries_[newest].older == kNone) return newest;
  // Several live requests share the user_data. Only a multishot gives F_MORE, so one multishot among them is
  // certain.
  uint32_t multishot = kNone;
  unsigned multishots = 0;
  for (uint32_t i = newest; i != kNone; i = entries_[i].older) {
    if (!entries_[i].multishot) continue;
    if (multishots++ == 0) multishot = i;
  }
  if (wantMultishot && multishots == 1) return multishot;
  ambiguous_++;
  return wantMultishot && multishots > 1 ? multishot : newest;
}

uint32_t RequestTracker::join(uint64_t userData, uint64_t req) {
  uint32_t index = find(userData, req, false);
  if (index == kNone) {
    if (!adopt_) return 0;
    index = open(userData, req);
  }
  return entries_[index].number;
}

uint32_t RequestTracker::pollArm(uint64_t userData, uint64_t req, uint32_t mask) {
  const uint32_t number = join(userData, req);
  if ((mask & kPollOneshot) != 0 || number == 0) return number;
  const uint32_t index = req != 0 ? byReq_.find(req) : kNone;
  if (index != kNone) entries_[index].multishot = true;
  return number;
}

uint32_t RequestTracker::more(uint64_t userData, uint64_t req) {
  uint32_t index = find(userData, req, true);
  if (index == kNone) {
    if (!adopt_) return 0;
    index = open(userData, req);
  }
  entries_[index].multishot = true;
  return entries_[index].number;
}

uint32_t RequestTracker::end(uint64_t userData, uint64_t req) {
  const uint32_t index = find(userData, req, false);
  if (index == kNone) return adopt_ ? next() : 0;
  const uint32_t number = entries_[index].number;
  close(index);
  return number;
}

}  // namespace ringlens
