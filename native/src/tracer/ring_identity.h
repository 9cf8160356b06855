#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tracer/backend.h"
#include "tracer/selection.h"

namespace ringlens {

/** How this kernel marks a multishot in the flags of a request. */
struct MultishotFlag {
  uint64_t bit = 0;     // one REQ_F bit; 0: not known
  std::string missing;  // why not; empty when it is known
};

/**
 * Ties (pid, fd) to the kernel's ctx for rings that are older than the trace.
 *
 * No interface tells it. But io_uring_register(2) on a duplicate of the ring's fd prints the ctx in the
 * trace, also when it fails; so we ask for the status of a buffer group (IORING_REGISTER_PBUF_STATUS), which
 * changes nothing: it says ENOENT, or EEXIST on SINGLE_ISSUER rings, and nothing of the target runs
 * (MULTISHOT.md, 2.2).
 *
 * Keep one for several rings: it holds a small trace of its own, of io_uring_register only.
 */
class RingIdentifier {
 public:
  /** Throws Failure with reason and remedy. `forLearning`: learnMultishot will be called. */
  explicit RingIdentifier(const std::string& backend = {}, bool forLearning = false);
  ~RingIdentifier();

  /** Of the back end that was chosen. */
  const std::string& backendName() const { return name_; }
  /** ctx of one ring. Throws Failure. */
  uint64_t identify(int32_t pid, int32_t fd);
  /** Every ring of the process that can be identified, for Tracer::addRing. Throws Failure: process,
   * permission. */
  std::vector<RingBinding> identifyAll(int32_t pid);
  /**
   * Which REQ_F bit says "multishot" in io_uring_submit_req: it differs between kernels (MULTISHOT.md, 0.1
   * fact 3), so it is tried out, with a single-shot and a multishot recv on a ring of our own. Once for each
   * process; an answer is kept. Never throws: where no ring can be made, `missing` says so.
   */
  MultishotFlag learnMultishot();

 private:
  std::string name_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace ringlens
