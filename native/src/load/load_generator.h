#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "load/peer.h"
#include "load/prng.h"
#include "trace/probe.h"
#include "workload/by_hand.h"
#include "workload/counters.h"
#include "workload/listener.h"
#include "workload/peer_directory.h"
#include "workload/workload_params.generated.h"

namespace ringlens {

/**
 * The load generator thread: opens the connections and sends messages of random size at the wanted rate.
 *
 * One seed gives one sequence of bursts: connections, then message by message its connection and size. A
 * connection that can't take more bytes (the reactor holds its buffers) is passed over for the next one; what
 * was begun is sent first when it takes bytes again. The private members without a lock belong to the thread.
 *
 *     rate 1500/s, burst 24:   ||||||||||||||||||||||||..............||||||||||||||||||||||||.....  one burst
 * each 16 ms
 */
class LoadGenerator {
 public:
  LoadGenerator(const WorkloadParams& params, Probe probe, Counters* counters, PeerDirectory* peers);
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  // Any thread.

  void configure(const WorkloadParams& params);
  /** Where to connect from now on; not open = close everything. */
  void connectTo(const Endpoints& endpoints);
  /** By hand, to the peer of a connection: send, burst, shutdown, reset. Returns when it is done; throws
   * Failure when it can't be. */
  void act(const ByHand& what);
  /** Sends what was begun, then ends every stream; returns when that is done, or false at `deadlineNs`. */
  bool finish(uint64_t deadlineNs);
  /** Closes everything soon; also ends a waiting `finish`. */
  void requestStop();
  /** Its thread's id; waits until it runs. */
  int threadId() const;
  /** Waits for the thread; after `requestStop`. One thread at a time. */
  void join();

 private:
  struct Orders {
    WorkloadParams params;
    Endpoints endpoints;
    bool finish = false;
    bool stop = false;
  };
  /** Of a caller who waits. */
  struct HandOrder {
    ByHand what;
    std::optional<Failure> refusal;
    bool isDone = false;
  };

  void run();
  bool readOrders();
  void obeyHand();
  void actNow(const ByHand& what);
  /** Throws Failure where it is not open. */
  std::vector<std::unique_ptr<Peer>>::iterator peerOf(uint32_t slot);
  void sendByHand(Peer& peer, uint32_t bytes);
  /** Opens and closes connections until they are as ordered; says whether sending can go on. */
  bool settle();
  void open();
  void retire(std::unique_ptr<Peer> peer);
  void removeDead();
  bool allKnown();
  void noteState(bool isSending);

  /** Sends what is due. Returns ns until there is more to do; kForever = when a socket takes bytes again. */
  uint64_t sendDue();
  bool sendAtFullSpeed();
  bool sendBurst();
  Peer* pick();
  Peer* unblocked(Peer* wanted);
  void flush(Peer& peer);
  void writeSend(uint32_t bytes, int slot);
  void publish();

  void waitForEvents(uint64_t timeoutNs);
  void onEvents(Peer& peer, uint32_t events);
  void watch(Peer& peer);

  static constexpr uint64_t kReconnectNs = 200 * kNsPerMs;

  Counters& counters_;
  PeerDirectory& directory_;

  std::mutex mutex_;
  std::condition_variable finished_;
  Orders ordered_;  // under the lock
  bool hasOrders_ = false;
  std::vector<HandOrder*> handOrders_;
  bool isFinished_ = false;
  std::atomic<int> threadId_{0};

  // Of the load thread.
  Probe probe_;
  Orders orders_;
  Prng prng_;
  Fd epoll_;
  Mapping memory_;                               // payload of every message, then the place where echoes go
  std::vector<std::unique_ptr<Peer>> peers_;     // in the order of their connecting
  std::vector<std::unique_ptr<Peer>> retiring_;  // no new messages; until the reactor closes them
  uint32_t generation_ = 0;
  bool connectedOpen_ = false;
  bool isSending_ = false;
  bool wrote_ = false;
  bool byHand_ = false;  // what is sent just now: it is always recorded
  double nextDueNs_ = 0;
  uint64_t reconnectNs_ = 0;
  uint64_t now_ = 0;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ringlens
