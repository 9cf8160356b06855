#include "load/load_generator.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/thread.h"

namespace ringlens {
namespace {

constexpr uint32_t kPayloadBytes = 1u << 20;  // the largest message
constexpr uint32_t kScratchBytes = 1u << 18;
constexpr uint32_t kBatchBytes = 1u << 15;  // one send at full speed
constexpr uint32_t kBatchMessages = 512;
constexpr int kBatchesPerTurn = 16;
constexpr int kBurstsPerTurn = 256;
constexpr uint32_t kMostBurstTargets = 3;
/** Beyond this the load does not try to make up for time in which nothing could be sent. */
constexpr uint64_t kMostLagNs = 100 * kNsPerMs;

}  // namespace

LoadGenerator::LoadGenerator(const WorkloadParams& params, Probe probe, Counters* counters,
                             PeerDirectory* peers)
    : counters_(*counters),
      directory_(*peers),
      probe_(probe),
      prng_(params.seed),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      memory_(kPayloadBytes + kScratchBytes) {
  if (!epoll_) throw systemFailure(errno, "epoll_create1", "No more file descriptors can be opened.");
  ordered_.params = params;
  orders_.params = params;
  for (uint32_t i = 0; i < kPayloadBytes; i++) memory_.as<uint8_t>()[i] = static_cast<uint8_t>('a' + i % 26);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, directory_.changed().get(), &event);
  thread_ = startThread("rl-load", [this] { run(); });
}

int LoadGenerator::threadId() const {
  int tid = 0;
  while ((tid = threadId_.load()) == 0) std::this_thread::yield();
  return tid;
}

LoadGenerator::~LoadGenerator() {
  requestStop();
  join();
}

void LoadGenerator::configure(const WorkloadParams& params) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ordered_.params = params;
    hasOrders_ = true;
  }
  directory_.changed().ring();
}

void LoadGenerator::connectTo(const Endpoints& endpoints) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ordered_.endpoints = endpoints;
    hasOrders_ = true;
  }
  directory_.changed().ring();
}

bool LoadGenerator::finish(uint64_t deadlineNs) {
  std::unique_lock<std::mutex> lock(mutex_);
  ordered_.finish = true;
  hasOrders_ = true;
  directory_.changed().ring();
  while (!isFinished_ && !ordered_.stop) {
    const uint64_t now = monotonicNs();
    if (now >= deadlineNs) return false;
    finished_.wait_for(lock, std::chrono::nanoseconds(deadlineNs - now));
  }
  return isFinished_;
}

void LoadGenerator::requestStop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ordered_.stop = true;
    hasOrders_ = true;
  }
  finished_.notify_all();
  directory_.changed().ring();
}

void LoadGenerator::join() {
  if (thread_.joinable()) thread_.join();
}

void LoadGenerator::run() {
  threadId_.store(static_cast<int>(::syscall(SYS_gettid)));
  while (readOrders()) {
    now_ = monotonicNs();
    const bool canSend = settle();
    obeyHand();
    const uint64_t due = canSend ? sendDue() : kForever;
    const uint64_t timeout = reconnectNs_ > now_ ? std::min(due, reconnectNs_ - now_) : due;
    publish();
    waitForEvents(timeout);
  }
  noteState(false);
  publish();
  peers_.clear();
  retiring_.clear();
  obeyHand();
}

/** False = stop. */
bool LoadGenerator::readOrders() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!hasOrders_) return true;
  hasOrders_ = false;
  const uint32_t seed = orders_.params.seed;
  const uint32_t rate = orders_.params.rate;
  orders_ = ordered_;
  if (seed != orders_.params.seed) prng_ = Prng(orders_.params.seed);
  if (rate != orders_.params.rate) nextDueNs_ = 0;
  return !orders_.stop;
}

bool LoadGenerator::settle() {
  const Endpoints& e = orders_.endpoints;
  if (e.generation != generation_ || e.open != connectedOpen_) {
    peers_.clear();
    retiring_.clear();
    generation_ = e.generation;
    connectedOpen_ = e.open;
    publish();
    probe_.setOn(e.traced);
    probe_.setRingId(static_cast<uint16_t>(generation_));
    reconnectNs_ = 0;
  }
  removeDead();
  size_t wanted = e.open && orders_.params.load && !orders_.finish ? orders_.params.connections : 0;
  if (e.transport == Transport::kUdp) wanted = std::min(wanted, e.udpPorts.size());
  while (peers_.size() > wanted) {
    retire(std::move(peers_.back()));
    peers_.pop_back();
  }
  while (peers_.size() < wanted && now_ >= reconnectNs_) open();
  const bool canSend = !peers_.empty() && allKnown();
  noteState(canSend);
  if (orders_.finish && std::none_of(retiring_.begin(), retiring_.end(), [](const std::unique_ptr<Peer>& p) {
        return p->state() == Peer::State::kOpen || p->state() == Peer::State::kConnecting;
      })) {
    std::lock_guard<std::mutex> lock(mutex_);
    isFinished_ = true;
    finished_.notify_all();
  }
  return canSend;
}

void LoadGenerator::open() {
  auto peer = std::make_unique<Peer>(orders_.endpoints, static_cast<uint32_t>(peers_.size()));
  if (peer->state() == Peer::State::kDead) {
    reconnectNs_ = now_ + kReconnectNs;
    return;
  }
  watch(*peer);
  peers_.push_back(std::move(peer));
}

/** No new messages; what was begun is sent, then its stream ends. */
void LoadGenerator::retire(std::unique_ptr<Peer> peer) {
  if (!peer->hasQueued()) peer->shutDown();
  if (peer->state() != Peer::State::kDead) retiring_.push_back(std::move(peer));
}

void LoadGenerator::removeDead() {
  const Endpoints& e = orders_.endpoints;
  for (size_t i = 0; i < peers_.size(); i++) {
    // The reactor bound this slot's datagram socket anew.
    if (e.transport == Transport::kUdp && i < e.udpPorts.size() && peers_[i]->udpPort() != e.udpPorts[i]) {
      peers_[i] = std::make_unique<Peer>(e, static_cast<uint32_t>(i));
      if (peers_[i]->state() != Peer::State::kDead) watch(*peers_[i]);
    }
  }
  const auto isDead = [](const std::unique_ptr<Peer>& p) { return p->state() == Peer::State::kDead; };
  const auto dead = std::remove_if(peers_.begin(), peers_.end(), isDead);
  if (dead != peers_.end()) reconnectNs_ = now_ + kReconnectNs;
  peers_.erase(dead, peers_.end());
  retiring_.erase(std::remove_if(retiring_.begin(), retiring_.end(), isDead), retiring_.end());
}

/** Every connection is accepted and its slot known. */
bool LoadGenerator::allKnown() {
  directory_.await(true);
  for (const std::unique_ptr<Peer>& peer : peers_) {
    if (peer->state() != Peer::State::kOpen || peer->slot(directory_) == PeerDirectory::kUnknown)
      return false;
  }
  directory_.await(false);
  return true;
}

void LoadGenerator::noteState(bool isSending) {
  if (isSending == isSending_) return;
  isSending_ = isSending;
  nextDueNs_ = 0;
  if (!probe_.isOn()) return;
  probe_.begin();
  probe_.stamp(monotonicNs());
  const MarkCode code = isSending ? MarkCode::kLoadStarted : MarkCode::kLoadStopped;
  probe_.write(Kind::kMark, 0, 0, 0, static_cast<uint32_t>(code), static_cast<uint32_t>(peers_.size()));
  wrote_ = true;
}

uint64_t LoadGenerator::sendDue() {
  const WorkloadParams& p = orders_.params;
  if (!p.traffic) return kForever;
  if (p.traceSends && probe_.isOn()) {
    probe_.begin();
    now_ = monotonicNs();
    probe_.stamp(now_);
    if (probe_.isLosing() && probe_.resume(probe_.capacity() / 4)) {
      counters_.snapshotWanted.store(true, std::memory_order_relaxed);
    }
    wrote_ = true;
  }
  if (p.rate == 0) {
    for (int i = 0; i < kBatchesPerTurn; i++) {
      if (!sendAtFullSpeed()) return kForever;
    }
    return 0;
  }
  const double now = static_cast<double>(now_);
  const double interval = static_cast<double>(p.burst) * static_cast<double>(kNsPerSecond) / p.rate;
  if (nextDueNs_ == 0) nextDueNs_ = now;
  for (int i = 0; i < kBurstsPerTurn && nextDueNs_ <= now; i++) {
    if (!sendBurst() && now - nextDueNs_ > static_cast<double>(kMostLagNs)) nextDueNs_ = now;
    nextDueNs_ += interval;
  }
  if (now - nextDueNs_ > static_cast<double>(kMostLagNs) + interval) nextDueNs_ = now;
  const uint64_t after = monotonicNs();
  return nextDueNs_ <= static_cast<double>(after) ? 0 : static_cast<uint64_t>(nextDueNs_) - after;
}

/** One large send of many messages to one connection. False = none takes bytes. */
bool LoadGenerator::sendAtFullSpeed() {
  Peer* const peer = pick();
  if (peer == nullptr) return false;
  const WorkloadParams& p = orders_.params;
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < kBatchMessages && bytes < kBatchBytes; i++) {
    const uint32_t size = prng_.between(p.messageMin, p.messageMax);
    peer->queue(size);
    bytes += size;
  }
  flush(*peer);
  return true;
}

/** A burst goes to at most three connections, so that one wake finds the work of several messages. */
bool LoadGenerator::sendBurst() {
  const WorkloadParams& p = orders_.params;
  const uint32_t targets = p.burst > 1 ? 1 + prng_.below(kMostBurstTargets) : 1;
  Peer* chosen[kMostBurstTargets];
  for (uint32_t i = 0; i < targets; i++)
    chosen[i] = peers_[prng_.below(static_cast<uint32_t>(peers_.size()))].get();
  for (uint32_t i = 0; i < p.burst; i++) {
    Peer* const wanted = chosen[targets > 1 ? prng_.below(targets) : 0];
    const uint32_t size = prng_.between(p.messageMin, p.messageMax);
    Peer* const peer = unblocked(wanted);
    if (peer == nullptr) return false;
    peer->queue(size);
    flush(*peer);
  }
  return true;
}

Peer* LoadGenerator::pick() {
  return unblocked(peers_[prng_.below(static_cast<uint32_t>(peers_.size()))].get());
}

/** `wanted`, or the next one that takes bytes; nullptr = none does. */
Peer* LoadGenerator::unblocked(Peer* wanted) {
  const auto isFree = [](const Peer& p) { return p.state() == Peer::State::kOpen && !p.hasQueued(); };
  if (isFree(*wanted)) return wanted;
  const auto at =
      std::find_if(peers_.begin(), peers_.end(), [&](const auto& p) { return p.get() == wanted; });
  const size_t start = static_cast<size_t>(at - peers_.begin());
  for (size_t i = 1; i < peers_.size(); i++) {
    Peer* const peer = peers_[(start + i) % peers_.size()].get();
    if (isFree(*peer)) return peer;
  }
  return nullptr;
}

void LoadGenerator::flush(Peer& peer) {
  const int slot = peer.slot(directory_);
  const Peer::Flush result = peer.flush(
      memory_.as<uint8_t>(), kPayloadBytes, [this](uint64_t bytes) { counters_.bytesSent.add(bytes); },
      [this, slot](uint32_t size) {
        counters_.messagesSent.add(1);
        writeSend(size, slot);
      });
  if (result == Peer::Flush::kBroken) peer.setDead();
}

void LoadGenerator::writeSend(uint32_t bytes, int slot) {
  if ((!orders_.params.traceSends && !byHand_) || !probe_.isOn()) return;
  if (!wrote_) {  // the rest of a message, sent when its socket took bytes again
    probe_.begin();
    probe_.stamp(monotonicNs());
    wrote_ = true;
  }
  probe_.write(Kind::kSend, 0, static_cast<int32_t>(bytes), 0, static_cast<uint32_t>(slot), 0);
}

/** Nothing may stay unpublished while the thread sleeps: the merger waits for it. */
void LoadGenerator::publish() {
  if (!wrote_) return;
  wrote_ = false;
  probe_.publish();
}

void LoadGenerator::watch(Peer& peer) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &peer;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, peer.fd(), &event);
}

void LoadGenerator::waitForEvents(uint64_t timeoutNs) {
  epoll_event events[64];
  const timespec limit = toTimespec(timeoutNs == kForever ? 0 : timeoutNs);
  const long n = ::syscall(SYS_epoll_pwait2, epoll_.get(), events, 64,
                           timeoutNs == kForever ? nullptr : &limit, nullptr, 0);
  for (long i = 0; i < n; i++) {
    if (events[i].data.ptr == nullptr) {
      directory_.changed().drain();
    } else {
      onEvents(*static_cast<Peer*>(events[i].data.ptr), events[i].events);
    }
  }
  publish();
}

/** Marks and sends only: no Peer goes before the next settle, since more events may name it. */
void LoadGenerator::onEvents(Peer& peer, uint32_t events) {
  if (peer.state() == Peer::State::kConnecting) peer.finishConnect();
  if (peer.state() == Peer::State::kDead) return;
  if ((events & EPOLLOUT) != 0 && peer.hasQueued()) flush(peer);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 &&
      !peer.discard(memory_.as<uint8_t>() + kPayloadBytes, kScratchBytes)) {
    peer.setDead();
    return;
  }
  const bool isRetiring =
      std::any_of(retiring_.begin(), retiring_.end(), [&](const auto& p) { return p.get() == &peer; });
  if (isRetiring && peer.state() == Peer::State::kOpen && !peer.hasQueued()) peer.shutDown();
}

}  // namespace ringlens
