#pragma once

namespace ringlens {

/** What the running kernel can do for the own workload; each one was tried, none is guessed from a version.
 */
struct RingFeatures {
  bool multishotRecv = false;
  bool bufRing = false;
  bool bundle = false;
  bool incremental = false;
  bool coopTaskrun = false;
  bool singleIssuer = false;
  bool deferTaskrun = false;
  bool sqpoll = false;
};

/** Takes some milliseconds and leaves nothing behind. Throws Failure where no ring can be set up at all. Any
 * thread. */
RingFeatures probeFeatures();

}  // namespace ringlens
