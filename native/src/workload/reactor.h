#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/event_fd.h"
#include "ring/buffer_group.h"
#include "ring/ring.h"
#include "ring/user_data.h"
#include "trace/probe.h"
#include "workload/break_program.h"
#include "workload/by_hand.h"
#include "workload/connection.h"
#include "workload/counters.h"
#include "workload/held_bids.h"
#include "workload/listener.h"
#include "workload/params_check.h"
#include "workload/peer_directory.h"
#include "workload/workload_params.generated.h"

namespace ringlens {

/** Why the reactor stopped, and at which event: the newest one, or the one that a breakpoint was hit at. */
struct Stop {
  StopReason reason;
  uint32_t breakpoint;  // id; 0 = none
  EventRecord event;    // kind 0 = none
  uint64_t cqes;        // reaped until then, that one included
};

/** What a debugger shows. */
struct DebugState {
  bool isStopped = false;
  bool isOverflowed = false;                        // stopped: more CQEs are on the kernel's overflow list
  std::optional<Stop> stop;                         // the newest one
  uint64_t cqes = 0;                                // reaped by now
  int64_t waiting = -1;                             // CQEs in the CQ, as sampled last; -1 = it is not stopped
  std::vector<std::pair<uint32_t, uint64_t>> hits;  // of each breakpoint, by id
};

/** A buffer as it is just now. */
struct BufferContent {
  bool isHeld = false;
  uint64_t userData = 0;  // of the CQE that consumed it
  uint32_t filled = 0;    // bytes that CQEs put into it
  std::vector<uint8_t> bytes;
};

/** What a Reactor is given; all of it outlives the reactor. */
struct ReactorContext {
  Probe probe;
  Counters* counters;
  PeerDirectory* peers;
  uint64_t startNs;                     // of the session: t = 0 of its events
  std::vector<Breakpoint> breakpoints;  // there from the first event on
  uint16_t listenPort;
  std::string unixPath;
  /** Called on the reactor thread whenever the load generator has to connect anew or elsewhere. */
  std::function<void(const Endpoints&)> onEndpoints;
  /** Called on the reactor thread when there is a new ring, before its first SQE. */
  std::function<void(int fd, uint16_t ringId, const WorkloadParams&)> onRing;
  /** Called on the reactor thread as its last act; undefined = it was told to end. */
  std::function<void(std::optional<Failure>)> onEnded;
};

/**
 * The reactor thread: one ring, its buffer group and connections, and the application that uses them.
 *
 * All private members without a lock belong to that thread; it sleeps in io_uring_enter only. Others reach it
 * through the mailbox: a locked list of commands and an eventfd, whose read is a request on the ring like any
 * other.
 *
 *     one turn: reap a batch -> commands -> holds that have passed -> replenish -> re-arm -> snapshot ->
 * enter
 *
 * It can be stopped (debugger.cc): behind the CQE that a breakpoint was hit at, before the next one is
 * reaped. Stopped, it reaps nothing and hands in nothing but what is done by hand; the kernel goes on.
 *
 * Events of one turn carry one of two stamps: that of the reap batch, read when its CQEs have left the CQ (so
 * whatever the kernel did for them is earlier), or that of the second half of the turn.
 */
class Reactor {
 public:
  /** Starts the thread and waits until it receives. Throws Failure when the set-up fails. */
  Reactor(const WorkloadParams& params, ReactorContext context);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Any thread.

  /** Applies checked parameters; returns when that is done. Throws Failure (ESRCH) when the reactor has
   * ended. */
  void configure(const WorkloadParams& params);
  /** Stops behind the turn under way; returns when that is done. */
  void pause();
  void resume();
  /** Goes on until the unit is over, then stops. */
  void step(StepUnit unit);
  /** In the place of those that there are; hits of those with the same id and condition go on. */
  void setBreakpoints(std::vector<Breakpoint> breakpoints);
  /** Throws Failure when it can't be done, with a sentence that says why. */
  void act(const ByHand& what);
  /** Throws Failure for a bid that the group does not have. */
  BufferContent look(uint32_t bid);
  DebugState debugState() const;

  /** Receives up to every end of stream, then ends; ends anyway at `deadlineNs`. */
  void finish(uint64_t deadlineNs);
  /** Ends at once. */
  void stop();
  /** Waits for the thread; after `finish` or `stop`. */
  void join();

  std::string address() const;
  int threadId() const { return threadId_; }
  /** CPU time of the thread, ns; its last value after the end. */
  uint64_t cpuNs() const;

 private:
  struct Command {
    enum class Type : uint8_t {
      kConfigure,
      kFinish,
      kStop,
      kPause,
      kResume,
      kStep,
      kBreakpoints,
      kAct,
      kLook
    } type;
    WorkloadParams params{};
    uint64_t deadlineNs = 0;
    StepUnit unit = StepUnit::kCqe;
    std::vector<Breakpoint> breakpoints{};
    ByHand byHand{};
    // Of the caller, who waits.
    BufferContent* content = nullptr;
    std::optional<Failure>* refusal = nullptr;
  };
  enum class Course : uint8_t { kRunning, kStopped, kStepping };
  /** Why a recv request ended; with F_MORE it has not. */
  enum class Ended : uint8_t { kData, kEof, kEnobufs, kError };

  // reactor.cc: the thread, one turn, the mailbox
  void post(Command command);
  void postAndWait(Command command);
  void answerMail();
  void run();
  void turn();
  void stampNow();
  void reap();
  EventRecord reapEvent(const io_uring_cqe& cqe, const UserData& id, unsigned behind) const;
  void dispatch(const io_uring_cqe& cqe, const UserData& id);
  void readMailbox();
  void onWakeup(const io_uring_cqe& cqe);
  void armWakeup();
  void wait();
  uint64_t nextDeadline() const;
  void noteOverflow();

  // debugger.cc: stops, steps, breakpoints, slow motion
  bool needsCare() const;
  void reapCarefully(unsigned ready);
  bool isStopping() const { return wantedStop_.has_value() && !closingRing_; }
  void wantStop(StopReason reason, uint32_t breakpoint, const EventRecord& event);
  void stopIfWanted();
  void stopBeforeWait();
  void sampleStopped();
  void sleepForMail(uint64_t deadlineNs);
  void shareDebugState();
  void shareHitsWhenDue();
  void takeStep(StepUnit unit);
  void takeBreakpoints(std::vector<Breakpoint> breakpoints);
  BreakEvent describe(const EventRecord& event) const;
  void describeSlot(BreakEvent& e, uint32_t slot) const;
  void watch(const BreakEvent& e, const EventRecord& event);
  void watchReap(const io_uring_cqe& cqe, const UserData& id, BreakEvent& e, const EventRecord& event);
  void watchReplenish(uint32_t bid, const HeldBids::Bid& held);
  void watchSubmit(const EventRecord& event);
  void note(Kind kind, uint64_t userData, int32_t res, uint32_t flags, uint32_t a, uint32_t b);
  void watchPlain(const EventRecord& event);

  // by_hand.cc: what is done by hand
  void actNow(const ByHand& what);
  void giveBackByHand(uint32_t bid);
  void giveAgain(uint32_t bid);
  void giveTwice(uint32_t bid);
  void removeBid(uint32_t bid);
  void removeBuffers(uint32_t count);
  void onRemove(const io_uring_cqe& cqe);
  void addBuffers(uint32_t count);
  void armSecond(uint32_t slot, std::optional<Refusal> refusal);
  void spoil(io_uring_sqe& sqe, Refusal refusal);
  void fillCq();
  Connection& openSlot(uint32_t slot);
  BufferContent contentOf(uint32_t bid) const;

  // submission.cc: SQEs and what the probe says of them
  io_uring_sqe* nextSqe();
  uint32_t track(const io_uring_sqe& sqe);
  void handIn();
  void writeSubmits();
  uint32_t requestOf(const UserData& id) const;

  // reactor_ring.cc: ring and group come and go
  void openRing();
  void describeRing();
  void publishEndpoints();
  void closeRing();
  void cancelEverything();
  void applyConfigure(const WorkloadParams& next);
  void writeSettings(const WorkloadParams* before);
  void startFinish(uint64_t deadlineNs);
  void checkFinished();

  // receive.cc: recv and recvmsg
  void armRecv(uint32_t slot, std::optional<Refusal> refusal = std::nullopt);
  void onRecv(const io_uring_cqe& cqe, uint32_t slot);
  void onData(const io_uring_cqe& cqe, uint32_t slot, bool more);
  void onZero(const io_uring_cqe& cqe, uint32_t slot);
  void onRecvError(int res, uint32_t slot);
  void rearm(uint32_t slot, Ended cause);
  void rearmIdle();
  void rearmWaiting();
  uint32_t payloadBytes(const io_uring_cqe& cqe) const;
  template <typename F>
  void takeBuffers(const io_uring_cqe& cqe, F taken);

  // buffers.cc: the application's side of a buffer's life
  void keep(uint32_t bid, const io_uring_cqe& cqe, uint32_t bytes, uint32_t slot, bool hasPayload);
  void endUse(uint32_t bid, uint8_t user);
  void replenish();
  void provideRuns();
  void onProvide(const io_uring_cqe& cqe);
  void queueSend(uint32_t slot, uint32_t bid);
  void armSend(uint32_t slot);
  void onSend(const io_uring_cqe& cqe, uint32_t slot);
  void dropSends(uint32_t slot);

  // connections.cc
  void armAccept();
  void onAccept(const io_uring_cqe& cqe);
  void openConnection(uint32_t slot, int fd, uint32_t firstSlot);
  void closeWhenDone(uint32_t slot);
  void cancelRecv(uint32_t slot);
  void requestClose(uint32_t slot);
  void onCancel(const UserData& id);
  void closeConnection(uint32_t slot);
  void settleDatagramSockets();
  uint64_t recvUserData(uint32_t slot) const;

  // snapshot.cc
  size_t snapshotEvents() const;
  void snapshotWhenDue();
  void writeSnapshot();

  static constexpr uint32_t kNotTold = 0xffffffff;
  static constexpr unsigned kReapBatch = 1024;
  static constexpr uint32_t kProvideIds = kMaxSlots;

  ReactorContext context_;
  Probe& probe_;
  Counters& counters_;
  WorkloadParams params_;

  // Shared with other threads.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Command> mailbox_;
  uint64_t posted_ = 0;   // commands so far
  uint64_t applied_ = 0;  // commands done
  std::string address_;
  bool ready_ = false;
  bool ended_ = false;
  bool isAway_ = false;  // sleeps without the ring: is told of mail by `changed_`
  DebugState debugState_;
  std::optional<Failure> failure_;
  std::atomic<uint64_t> finalCpuNs_{0};
  std::atomic<bool> hasFinalCpu_{false};
  clockid_t cpuClock_ = 0;
  int threadId_ = 0;
  EventFd wakeup_;

  // Of the reactor thread. The group goes before the ring, the connections before the listener.
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Ring> ring_;
  std::unique_ptr<BufferGroup> group_;
  std::unique_ptr<HeldBids> held_;
  mutable ConnectionTable connections_;
  std::vector<uint32_t> waiting_;   // slots to be armed when a bid is available
  std::vector<uint32_t> returned_;  // bids to be replenished in this turn
  std::vector<EventRecord> pendingSubmits_;
  std::vector<io_uring_cqe> batch_;
  std::vector<uint32_t> provideRequests_;
  uint64_t now_ = 0;
  uint32_t request_ = 0;  // arm generation given last
  uint32_t ringId_ = 0;
  uint32_t endpointsGeneration_ = 0;
  Course course_ = Course::kRunning;
  StepUnit stepUnit_ = StepUnit::kCqe;
  std::optional<Stop> wantedStop_;
  std::vector<Breakpoint> breakpoints_;
  bool watches_ = false;           // a breakpoint is enabled
  bool overflowSeen_ = false;      // of this ring: the CQ was full
  bool hasReaped_ = false;         // in this turn
  uint64_t nextShareNs_ = 0;       // of the hits
  uint64_t nextReapNs_ = 0;        // slow motion: before it, no recv CQE is reaped
  uint64_t lastSample_ = 0;        // of the CQ while stopped
  std::vector<uint32_t> removed_;  // bids that the group has not
  bool handsIn_ = false;           // stopped: something was done by hand that needs an enter
  uint32_t removeRequest_ = 0;
  uint32_t nopRequest_ = 0;
  uint32_t toRemove_ = 0;  // bids that are to be removed when they would be given back
  uint32_t inFlight_ = 0;  // requests whose last CQE has not been reaped
  uint32_t acceptRequest_ = 0;
  uint32_t wakeupRequest_ = 0;
  uint32_t cancelAllRequest_ = 0;
  uint32_t nextProvideId_ = 0;
  uint16_t lastPort_ = 0;
  bool isSettling_ = false;
  uint64_t acceptRetryNs_ = kForever;
  bool hasMail_ = false;
  bool flushOverflow_ = false;
  bool cancelAllInFlight_ = false;
  bool closingRing_ = false;
  bool finishing_ = false;
  uint64_t finishDeadlineNs_ = kForever;
  uint64_t nextSnapshotNs_ = kForever;
  uint64_t nextSnapshotAt_ = kForever;  // of Probe::pushed()
  bool done_ = false;
  uint64_t mailbag_ = 0;  // commands read and not yet reported as done
  uint64_t wakeupValue_ = 0;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ringlens
