/** Load generator: what the peer of a connection does by hand. */
#include <algorithm>

#include "base/clock.h"
#include "load/load_generator.h"

namespace ringlens {

void LoadGenerator::act(const ByHand& what) {
  HandOrder order{what, std::nullopt, false};
  {
    std::unique_lock<std::mutex> lock(mutex_);
    handOrders_.push_back(&order);
  }
  directory_.changed().ring();
  std::unique_lock<std::mutex> lock(mutex_);
  finished_.wait(lock, [&] { return order.isDone; });
  if (order.refusal) throw *order.refusal;
}

void LoadGenerator::obeyHand() {
  std::vector<HandOrder*> orders;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    orders.swap(handOrders_);
  }
  for (HandOrder* const order : orders) {
    try {
      actNow(order->what);
    } catch (const Failure& failure) {
      order->refusal = failure;
    }
  }
  publish();
  if (orders.empty()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  for (HandOrder* const order : orders) order->isDone = true;
  finished_.notify_all();
}

void LoadGenerator::actNow(const ByHand& what) {
  const bool isDatagram = orders_.endpoints.transport == Transport::kUdp;
  if (isDatagram && (what.action == HandAction::kShutdown || what.action == HandAction::kReset))
    throw Failure("EUNSUPPORTED", "A datagram socket has no stream to end; use transport tcp or unix.");
  switch (what.action) {
    case HandAction::kSend: sendByHand(**peerOf(what.target), what.value); return;
    case HandAction::kBurst:
      if (peers_.empty()) throw Failure("ENOCONN", "No connection is open; turn the load on.");
      for (const std::unique_ptr<Peer>& peer : peers_) {
        if (peer->state() == Peer::State::kOpen) sendByHand(*peer, what.value);
      }
      return;
    case HandAction::kShutdown:
    case HandAction::kReset: {
      const auto at = peerOf(what.target);
      std::unique_ptr<Peer> leaving = std::move(*at);
      peers_.erase(at);
      if (what.action == HandAction::kReset) {
        leaving->reset();
      } else {
        retire(std::move(leaving));
      }
      // Another takes its place, when what it was for has been seen.
      reconnectNs_ = now_ + kReconnectNs;
      return;
    }
    default: throw invalidParam("act.name: the peer can't do that");
  }
}

std::vector<std::unique_ptr<Peer>>::iterator LoadGenerator::peerOf(uint32_t slot) {
  const auto at = std::find_if(peers_.begin(), peers_.end(), [&](const std::unique_ptr<Peer>& peer) {
    return peer->state() == Peer::State::kOpen && peer->slot(directory_) == static_cast<int>(slot);
  });
  if (at != peers_.end()) return at;
  throw Failure("ENOCONN", "c" + std::to_string(slot) + " is not open.");
}

void LoadGenerator::sendByHand(Peer& peer, uint32_t bytes) {
  byHand_ = true;
  peer.queue(bytes);
  flush(peer);
  byHand_ = false;
}

}  // namespace ringlens
