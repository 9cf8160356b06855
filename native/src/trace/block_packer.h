#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "trace/column_writer.h"
#include "trace/event_schema.generated.h"
#include "trace/free_buffers.h"

namespace ringlens {

/** A finished block: its own memory, ready to be copied to JS. */
struct Block {
  std::unique_ptr<uint8_t[]> bytes;
  size_t size = 0;
};

/** What the summary of a block counts as received. */
enum class SummaryOf : uint8_t {
  kReaps,        // recv CQEs that the probe saw the application reap: the own workload
  kCompletions,  // recv CQEs that the kernel posted (complete, cqe_overflow): other processes, whose reaps
                 // nobody sees
};

/**
 * Packs events into blocks, byte for byte as shared/codec/README.md says. One thread at a time; the only
 * allocations are the finished block and, when a larger block comes than ever before, the scratch memory.
 */
class BlockPacker {
 public:
  explicit BlockPacker(SummaryOf summaryOf = SummaryOf::kReaps) : summaryOf_(summaryOf) {}

  /** `seq`: number of events[0] in its session. `count` ≥ 0; at most 1 << 20 (a reader refuses more). */
  Block pack(const EventRecord* events, size_t count, uint64_t seq);

 private:
  struct Summary;
  static Summary summarize(const EventRecord* events, size_t count, SummaryOf summaryOf,
                           FreeBuffers& freeBuffers);

  const SummaryOf summaryOf_;
  FreeBuffers freeBuffers_;
  ColumnWriter columns_;
  std::vector<uint8_t> scratch_;
};

}  // namespace ringlens
