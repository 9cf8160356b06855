#include "workload/params_check.h"

#include <cmath>
#include <string>

#include "base/error.h"

namespace ringlens {
namespace {

constexpr uint32_t kMaxDatagram = 65507;
constexpr uint32_t kLeastRecvmsgBuffer = 64;

void require(bool holds, const char* sentence) {
  if (!holds) throw invalidParam(std::string("params.") + sentence);
}

void need(bool wanted, bool has, const char* param, const char* what, const char* since) {
  if (!wanted || has) return;
  throw unsupported(std::string(param) + ": this kernel has no " + what + " (it came with Linux " + since +
                    ").");
}

}  // namespace

void checkParamRange(unsigned index, double value) {
  const ParamInfo& info = kWorkloadParams[index];
  const bool inRange = std::floor(value) == value && value >= info.min && value <= info.max;
  const bool isPower = !info.powerOfTwo ||
                       (inRange && (static_cast<uint32_t>(value) & (static_cast<uint32_t>(value) - 1)) == 0);
  if (inRange && isPower) return;
  throw invalidParam(std::string("params.") + info.name + ": expected " +
                     (info.powerOfTwo ? "a power of two " : "integer ") + std::to_string(info.min) + ".." +
                     std::to_string(info.max));
}

void checkParamsTogether(const WorkloadParams& p) {
  require(p.messageMin <= p.messageMax, "messageMin: expected at most messageMax");
  require(p.transport != Transport::kUdp || p.messageMax <= kMaxDatagram,
          "messageMax: expected at most 65507 with transport udp");
  const bool legacy = p.bufferKind == BufferKind::kLegacy;
  require(!p.incremental || !legacy, "incremental: expected bufferKind ring");
  require(!p.bundle || p.op == Op::kRecv, "bundle: expected op recv");
  require(!p.bundle || !legacy, "bundle: expected bufferKind ring");
  require(!p.bundle || p.transport != Transport::kUdp, "bundle: expected transport tcp or unix");
  require(!p.incremental || p.op == Op::kRecv, "incremental: expected op recv");
  require(p.op == Op::kRecv || p.bufferSize >= kLeastRecvmsgBuffer,
          "bufferSize: expected at least 64 with op recvmsg");
  const bool echo = p.app == App::kEcho;
  require(!echo || !(p.bundle || p.incremental), "app: echo expects bundle and incremental off");
  require(!echo || p.op == Op::kRecv, "app: echo expects op recv");
  require(!echo || p.transport != Transport::kUdp, "app: echo expects transport tcp or unix");
  require(!p.sqpoll || !p.deferTaskrun, "sqpoll: expected deferTaskrun off");
  require(!p.sqpoll || !p.coopTaskrun, "sqpoll: expected coopTaskrun off");
  require(p.cqEntries >= p.sqEntries, "cqEntries: expected at least sqEntries");
}

void checkSupported(const WorkloadParams& p, const RingFeatures& f) {
  need(p.mode == Mode::kMultishot, f.multishotRecv, "mode", "multishot recv", "6.0");
  need(p.bufferKind == BufferKind::kRing, f.bufRing, "bufferKind", "buffer rings", "5.19");
  need(p.bundle, f.bundle, "bundle", "receive bundles", "6.10");
  need(p.incremental, f.incremental, "incremental", "incremental buffers", "6.12");
  need(p.coopTaskrun, f.coopTaskrun, "coopTaskrun", "IORING_SETUP_COOP_TASKRUN", "5.19");
  need(p.singleIssuer, f.singleIssuer, "singleIssuer", "IORING_SETUP_SINGLE_ISSUER", "6.0");
  need(p.deferTaskrun, f.deferTaskrun, "deferTaskrun", "IORING_SETUP_DEFER_TASKRUN", "6.1");
  if (p.sqpoll && !f.sqpoll) {
    throw unsupported(
        "sqpoll: this kernel refuses IORING_SETUP_SQPOLL here (before Linux 5.11 it needs root).");
  }
}

bool needsNewRing(const WorkloadParams& from, const WorkloadParams& to) {
  for (unsigned i = 0; i < kWorkloadParamCount; i++) {
    if (kWorkloadParams[i].needsNewRing && paramValue(from, i) != paramValue(to, i)) return true;
  }
  return false;
}

}  // namespace ringlens
