#include "trace/block_packer.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "trace/crc32.h"

namespace ringlens {
namespace {

constexpr uint32_t kMagic = 0x314b4c52;  // "RLK1"
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr uint8_t kFlagHasSnapshot = 2;
constexpr uint32_t kNone = 0xffffffff;

constexpr uint32_t kCqeMore = 1u << 1;          // IORING_CQE_F_MORE
constexpr uint32_t kCqeSockNonEmpty = 1u << 2;  // IORING_CQE_F_SOCK_NONEMPTY
constexpr int32_t kEnobufs = -105;
constexpr uint32_t kRecvOpcodes[] = {10, 27, 49};  // IORING_OP_RECVMSG, RECV, READ_MULTISHOT

template <typename T>
uint8_t* put(uint8_t* out, T value) {
  std::memcpy(out, &value, sizeof value);
  return out + sizeof value;
}

bool isRecvReap(const EventRecord& e) {
  return e.kind == static_cast<uint8_t>(Kind::kReap) &&
         ((e.userData >> kUserDataSlotBits) & ((1u << kUserDataOpBits) - 1)) ==
             static_cast<uint64_t>(OwnOp::kRecv);
}

bool isRecvCompletion(const EventRecord& e) {
  if (e.kind != static_cast<uint8_t>(Kind::kComplete) && e.kind != static_cast<uint8_t>(Kind::kCqeOverflow))
    return false;
  if (e.provenance != static_cast<uint8_t>(Provenance::kTracepoint)) return false;
  const uint32_t opcodeAndOne = e.a >> kRequestOpcodeShift & 0xff;
  return std::any_of(std::begin(kRecvOpcodes), std::end(kRecvOpcodes),
                     [&](uint32_t opcode) { return opcode + 1 == opcodeAndOne; });
}

}  // namespace

/** What the summary of a block says, as counts. */
struct BlockPacker::Summary {
  uint32_t counts[256] = {};
  uint64_t bytesReceived = 0;
  uint32_t recvCqes = 0, more = 0, nonEmpty = 0, enobufs = 0, otherErrors = 0, zero = 0;
  uint64_t dropped = 0;
  uint32_t snapshotIndex = kNone;

  uint8_t* write(uint8_t* out) const {
    uint8_t* const n = out++;
    *n = 0;
    for (unsigned kind = 0; kind < 256; kind++) {
      if (counts[kind] == 0) continue;
      *out++ = static_cast<uint8_t>(kind);
      out = put(out, counts[kind]);
      ++*n;
    }
    out = put(out, bytesReceived);
    for (const uint32_t count : {recvCqes, more, nonEmpty, enobufs, otherErrors, zero}) out = put(out, count);
    return out;
  }
  static constexpr size_t kMaxBytes = 1 + 256 * 5 + 8 + 6 * 4;
};

BlockPacker::Summary BlockPacker::summarize(const EventRecord* events, size_t count, SummaryOf summaryOf,
                                            FreeBuffers& freeBuffers) {
  Summary s;
  freeBuffers.beginBlock();
  for (size_t i = 0; i < count; i++) {
    const EventRecord& e = events[i];
    s.counts[e.kind]++;
    if (e.provenance == static_cast<uint8_t>(Provenance::kProbe)) freeBuffers.see(e);
    if (summaryOf == SummaryOf::kReaps ? isRecvReap(e) : isRecvCompletion(e)) {
      s.recvCqes++;
      s.more += (e.flags & kCqeMore) != 0;
      s.nonEmpty += (e.flags & kCqeSockNonEmpty) != 0;
      if (e.res > 0) {
        s.bytesReceived += static_cast<uint64_t>(e.res);
      } else if (e.res == 0) {
        s.zero++;
      } else if (e.res == kEnobufs) {
        s.enobufs++;
      } else {
        s.otherErrors++;
      }
    } else if (e.kind == static_cast<uint8_t>(Kind::kDropped)) {
      s.dropped += (static_cast<uint64_t>(e.b) << 32) | e.a;
    } else if (e.kind == static_cast<uint8_t>(Kind::kSnapshot) && s.snapshotIndex == kNone) {
      s.snapshotIndex = static_cast<uint32_t>(i);
    }
  }
  return s;
}

Block BlockPacker::pack(const EventRecord* events, size_t count, uint64_t seq) {
  const size_t most = kHeaderBytes + Summary::kMaxBytes + maxColumnBytes(count);
  if (scratch_.size() < most) scratch_.resize(most);
  uint8_t* const start = scratch_.data();

  const Summary summary = summarize(events, count, summaryOf_, freeBuffers_);
  uint8_t* const summaryEnd = summary.write(start + kHeaderBytes);
  uint8_t* const end = columns_.write(events, count, summaryEnd);
  const size_t size = static_cast<size_t>(end - start);

  uint8_t* h = put(start, kMagic);
  h = put(h, kVersion);
  h = put(h, summary.snapshotIndex == kNone ? uint8_t{0} : kFlagHasSnapshot);
  h = put(h, static_cast<uint16_t>(kHeaderBytes));
  h = put(h, static_cast<uint32_t>(size));
  uint8_t* const crcAt = h;
  h = put(h, uint32_t{0});
  h = put(h, seq);
  h = put(h, count > 0 ? events[0].tNs : 0);
  h = put(h, count > 0 ? events[count - 1].tNs : 0);
  h = put(h, static_cast<uint32_t>(count));
  h = put(h, static_cast<uint32_t>(std::min<uint64_t>(summary.dropped, kNone)));
  h = put(h, freeBuffers_.min());
  h = put(h, static_cast<uint32_t>(summaryEnd - start - kHeaderBytes));
  h = put(h, summary.snapshotIndex);
  put(h, uint32_t{0});
  put(crcAt, crc32(start + 16, size - 16));

  Block block{std::unique_ptr<uint8_t[]>(new uint8_t[size]), size};
  std::memcpy(block.bytes.get(), start, size);
  return block;
}

}  // namespace ringlens
