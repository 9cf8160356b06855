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

/**
 * Packs events into blocks, byte for byte as shared/codec/README.md says. One thread at a time; the only
 * allocations are the finished block and, when a larger block comes than ever before, the scratch memory.
 */
class BlockPacker {
 public:
  /** `seq`: number of events[0] in its session. `count` ≥ 0; at most 1 << 20 (a reader refuses more). */
  Block pack(const EventRecord* events, size_t count, uint64_t seq);

 private:
  struct Summary;
  static Summary summarize(const EventRecord* events, size_t count, FreeBuffers& freeBuffers);

  FreeBuffers freeBuffers_;
  ColumnWriter columns_;
  std::vector<uint8_t> scratch_;
};

}  // namespace ringlens
