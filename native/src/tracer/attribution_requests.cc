/** The part of Attribution that says which request an event belongs to, and what is known of it. */
#include <algorithm>
#include <atomic>
#include <cstring>

#include "tracer/attribution.h"

namespace ringlens {
namespace {

constexpr uint32_t kBuffer = 1u << 0;  // IORING_CQE_F_BUFFER
constexpr uint32_t kMore = 1u << 1;    // IORING_CQE_F_MORE
constexpr uint64_t kNotif = 1u << 3;   // IORING_CQE_F_NOTIF
constexpr size_t kMostGroups = 256;    // of a ring, told to whoever samples them
constexpr uint32_t kNoFd = UINT32_MAX;
constexpr size_t kMostArms = 16384;  // in one snapshot; the rest is left out

bool receives(const RequestFacts& facts) {
  return facts.opcode == opcode::kRecv || facts.opcode == opcode::kRecvmsg ||
         facts.opcode == opcode::kReadMultishot || (facts.opcode == opcode::kUnknown && facts.gaveData);
}

uint32_t armFlags(const RequestFacts& facts) {
  const auto bit = [](bool on, SnapshotArmFlag flag) { return on ? static_cast<uint32_t>(flag) : 0u; };
  return static_cast<uint32_t>(SnapshotArmFlag::kArmed) | bit(facts.multishot, SnapshotArmFlag::kMultishot) |
         bit(facts.bundle, SnapshotArmFlag::kBundle) |
         bit(facts.opcode == opcode::kRecvmsg, SnapshotArmFlag::kRecvmsg) |
         bit(facts.fixedFile, SnapshotArmFlag::kFixedFile);
}

}  // namespace

/** `submit` as schema/events.ts has it: what the tracepoint doesn't tell is -1 (fd), 0 (ioprio, msg_flags),
 * kNoGroup. */
void Attribution::submitted(const KernelEvent& event, Ring* ring, EventRecord* out) {
  const auto code = static_cast<uint8_t>(event.a);
  // The low bits of a request's flags are the SQE's flags (include/linux/io_uring_types.h: REQ_F_FIXED_FILE
  // is IOSQE_FIXED_FILE, and so on); the rest differs from kernel to kernel.
  const auto sqeFlags = static_cast<uint32_t>(event.flags & 0xff);
  out->a = code | sqeFlags << 8;
  out->b = kNoGroup;
  out->res = -1;
  out->flags = 0;
  RequestFacts facts;
  if (const auto sqe = details_.find(ring->info, event.userData, code)) {
    out->a |= static_cast<uint32_t>(sqe->ioprio) << 16;
    out->res = sqe->fd;
    out->flags = sqe->msgFlags;
    if (sqe->selectsBuffer()) learnGroup(ring, out->b = sqe->bufGroup);
    facts = factsOf(*sqe);
  } else {
    facts.opcode = code;
    facts.multishot = code == opcode::kReadMultishot;
    if ((event.flags & selection_.multishotBit) != 0 && multishotIoprio(code) != 0) {
      facts.multishot = true;
      out->a |= static_cast<uint32_t>(multishotIoprio(code)) << 16;
    }
  }
  const bool fixedFile = (sqeFlags & kFixedFile) != 0;
  if (facts.fixedFile != fixedFile) facts.fd = -1;  // the SQE was written anew meanwhile
  facts.fixedFile = fixedFile;
  out->request = ring->requests.submit(event.userData, event.req, facts);
}

/** The other events of a request's life: each tells which one it is, and what is known of it. */
void Attribution::ofRequest(const KernelEvent& event, Ring* ring, EventRecord* out) {
  RequestMatch match;
  switch (event.type) {
    case EventType::kFileGet: match = ring->requests.fileGet(event.userData, event.req, event.res); break;
    case EventType::kPollArm: match = ring->requests.pollArm(event.userData, event.req, event.a); break;
    case EventType::kTaskAdd: match = ring->requests.join(event.userData, event.req); break;
    default: match = completed(event, ring);
  }
  if (match.adopted) adopted(event, ring, &match, *out);
  if (match.facts.older && !match.facts.gaveData && event.type == EventType::kComplete &&
      (event.flags & (kBuffer | kMore)) != 0) {
    match.facts.gaveData = true;
    ring->requests.describe(match);
  }
  out->request = match.number;
  switch (event.type) {
    case EventType::kFileGet: out->b = match.word(); break;
    case EventType::kPollArm:
      out->res = match.facts.fd;
      out->flags = match.word();
      break;
    case EventType::kTaskAdd:
      out->res = match.facts.fd;
      out->b = match.word();
      break;
    default:
      out->a = match.word();
      out->b = match.facts.fd < 0 ? kNoFd : static_cast<uint32_t>(match.facts.fd);
  }
}

RequestMatch Attribution::completed(const KernelEvent& event, Ring* ring) {
  if ((event.flags & kMore) != 0) return ring->requests.more(event.userData, event.req);
  // The notification of a zero-copy send has a req of its own that was never submitted.
  const uint64_t req = (event.flags & kNotif) != 0 ? 0 : event.req;
  return ring->requests.end(event.userData, req);
}

/** A request whose submission was not traced: what stands in the ring's memory still says what it is. */
void Attribution::adopted(const KernelEvent& event, Ring* ring, RequestMatch* match, const EventRecord& of) {
  // On a ring that the trace has seen from its creation a submission was lost: nothing is older.
  if (ring->info.created) return;
  match->facts.older = true;
  std::memset(&found_, 0, sizeof found_);
  found_.tNs = of.tNs;
  found_.thread = of.thread;
  found_.ring = of.ring;
  found_.kind = static_cast<uint8_t>(Kind::kRequestFound);
  found_.provenance = static_cast<uint8_t>(Provenance::kInferred);
  found_.userData = event.userData;
  found_.request = match->number;
  found_.res = match->facts.fd;
  found_.a = opcode::kUnknown;
  found_.b = kNoGroup;
  const bool selects = event.type == EventType::kComplete && (event.flags & kBuffer) != 0;
  // An SQE of another request with the same user_data does not fit what the event shows.
  const auto fits = [&](const SqeView& sqe) {
    if (sqe.userData != event.userData) return false;
    if (match->facts.multishot && !isMultishot(sqe)) return false;
    if (selects && !sqe.selectsBuffer()) return false;
    // What the kernel has resolved is no registered file.
    return match->facts.fd < 0 || ((sqe.flags & kFixedFile) == 0 && match->facts.fd == sqe.fd);
  };
  const auto sqe = std::find_if(ring->older.begin(), ring->older.end(), fits);
  if (sqe != ring->older.end()) {
    const RequestFacts told = factsOf(*sqe);
    match->facts.opcode = told.opcode;
    match->facts.multishot = told.multishot;
    match->facts.fixedFile = told.fixedFile;
    match->facts.bundle = told.bundle;
    match->facts.bgid = told.bgid;
    if (match->facts.fd < 0) match->facts.fd = told.fd;
    found_.provenance = static_cast<uint8_t>(Provenance::kFdinfo);
    found_.res = sqe->fd;
    found_.a =
        sqe->opcode | static_cast<uint32_t>(sqe->flags) << 8 | static_cast<uint32_t>(sqe->ioprio) << 16;
    if (sqe->selectsBuffer()) learnGroup(ring, found_.b = sqe->bufGroup);
    ring->older.erase(sqe);  // another one with this user_data is another request
  }
  ring->requests.describe(*match);
}

void Attribution::snapshot(uint64_t tNs, std::vector<EventRecord>* out) const {
  out->clear();
  EventRecord record{};
  record.tNs = tNs;
  record.provenance = static_cast<uint8_t>(Provenance::kTracepoint);
  record.kind = static_cast<uint8_t>(Kind::kSnapshot);
  out->push_back(record);
  for (const auto& ring : rings_) {
    if (!isOpen(*ring)) continue;
    EventRecord restated = record;
    restated.kind = static_cast<uint8_t>(Kind::kRingCreate);
    restated.ring = ring->info.id;
    if (!ring->info.created) restated.provenance = static_cast<uint8_t>(Provenance::kFdinfo);
    describeRing(ring->info, &restated);
    out->push_back(restated);
  }
  size_t arms = 0;
  for (const auto& ring : rings_) {
    if (!isOpen(*ring)) continue;
    ring->requests.forEachLive([&](uint64_t userData, uint32_t number, const RequestFacts& facts) {
      if (arms == kMostArms || !receives(facts)) return;
      arms++;
      EventRecord arm = record;
      arm.kind = static_cast<uint8_t>(Kind::kSnapshotArm);
      arm.ring = ring->info.id;
      arm.userData = userData;
      arm.request = number;
      arm.res = facts.fd;
      arm.flags = armFlags(facts);
      arm.b = static_cast<uint32_t>(facts.bgid) << 16;
      out->push_back(arm);
    });
  }
  out->front().a = static_cast<uint32_t>(out->size() - 1);
  record.kind = static_cast<uint8_t>(Kind::kSnapshotEnd);
  out->push_back(record);
}

bool Attribution::isOpen(const Ring& ring) const {
  if (ring.isClosed.load(std::memory_order_relaxed)) return false;
  const uint32_t index = ringByCtx_.find(ring.info.ctx);
  return index != FlatMap::kAbsent && rings_[index].get() == &ring;  // its memory may be another's now
}

void Attribution::learnGroup(Ring* ring, uint32_t bgid) {
  if (bgid == ring->latestBgid) return;
  ring->latestBgid = bgid;
  std::vector<uint16_t>& bgids = ring->info.bgids;
  const auto id = static_cast<uint16_t>(bgid);
  if (bgids.size() >= kMostGroups || std::find(bgids.begin(), bgids.end(), id) != bgids.end()) return;
  const std::lock_guard lock(mutex_);
  bgids.push_back(id);
}

}  // namespace ringlens
