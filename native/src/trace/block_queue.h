#pragma once

#include <deque>
#include <mutex>
#include <utility>

#include "trace/block_packer.h"

namespace ringlens {

/** Finished blocks between the merger and the JS thread, bounded by bytes. The lock is held for a push or a
 * pop. */
class BlockQueue {
 public:
  explicit BlockQueue(size_t limitBytes) : limitBytes_(limitBytes) {}

  /** True while the merger should leave events where they are, so that losses are counted at their source. */
  bool isFull() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return bytes_ >= limitBytes_;
  }
  void push(Block block) {
    std::lock_guard<std::mutex> lock(mutex_);
    bytes_ += block.size;
    blocks_.push_back(std::move(block));
  }
  bool pop(Block* out) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (blocks_.empty()) return false;
    *out = std::move(blocks_.front());
    blocks_.pop_front();
    bytes_ -= out->size;
    return true;
  }
  bool isEmpty() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return blocks_.empty();
  }

 private:
  const size_t limitBytes_;
  mutable std::mutex mutex_;
  std::deque<Block> blocks_;
  size_t bytes_ = 0;
};

}  // namespace ringlens
