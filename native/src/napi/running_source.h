#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "base/error.h"
#include "trace/block_queue.h"

namespace ringlens {

/**
 * Threads that make blocks, and their end in order: stop, wake, join. What is common to an own workload and
 * to the trace of other processes. Plain C++: SourceHost drives it on the JS thread. `doorbell` is called on
 * any of the threads when there is something to see: blocks, an end by itself, the end.
 *
 * A derived class calls `hasStarted` as its constructor's last step and `endNow` first of all in its
 * destructor.
 */
class RunningSource {
 public:
  explicit RunningSource(std::function<void()> doorbell);
  virtual ~RunningSource();
  RunningSource(const RunningSource&) = delete;
  RunningSource& operator=(const RunningSource&) = delete;

  // All of these on the JS thread.

  /** CLOCK_MONOTONIC ns just before the first event. */
  virtual uint64_t startNs() const = 0;
  bool hasBlocks() const { return !queue_.isEmpty(); }
  bool takeBlock(Block* out) { return queue_.pop(out); }

  /** Ends now, on a thread of its own; rings when `hasEnded`. Cuts a slower end short. Idempotent. */
  void beginClose();
  /** Ends now and returns when all threads have ended: for the end of the environment. Idempotent. */
  void endNow();
  /** It is over by itself (failed, or nothing is left to see): call beginClose. */
  bool isOver() const { return over_.load(); }
  /** All threads but the closing one have ended; the last block is queued. */
  bool hasEnded() const { return ended_.load(); }
  /** After hasEnded: frees every thread, ring and descriptor; blocks, stats and names stay. Idempotent. */
  void release();
  /** Why it ended by itself; after hasEnded. */
  const std::optional<Failure>& failure() const { return failure_; }

 protected:
  /** From now on it ends with the process, too. */
  void hasStarted();
  /** `before` runs on the closing thread ahead of the end. The first one counts; a later close hurries it on.
   */
  void startCloser(std::function<void()> before);
  bool isEnding() const { return closer_.joinable() || over_.load(); }
  bool isReleased() const { return released_; }
  /** Any thread: nothing more will come; rings. */
  void setOver(std::optional<Failure> failure);
  void ring() const { doorbell_(); }
  BlockQueue& queue() { return queue_; }

 private:
  /** Any thread; returns at once. */
  virtual void requestStop() = 0;
  /** Producers first, the merger last: it takes what they wrote last. */
  virtual void joinAll() = 0;
  /** Keeps the last stats and frees the threads' objects. */
  virtual void freeAll() = 0;

  const std::function<void()> doorbell_;
  std::optional<Failure> failure_;  // written before over_
  std::atomic<bool> over_{false};
  std::atomic<bool> ended_{false};
  bool started_ = false;
  bool released_ = false;
  BlockQueue queue_;
  std::thread closer_;
};

}  // namespace ringlens
