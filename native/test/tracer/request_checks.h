/** The checks of tracer_unit for requests and rings: numbers, facts, what is left out. */
#pragma once

#include "check.h"
#include "tracer/attribution.h"

namespace ringlens {

inline void testRequests() {
  RequestTracker r(0, true);
  CHECK(r.submit(7, 0xA) == 1);
  CHECK(r.submit(9, 0xB) == 2);
  CHECK(r.pollArm(7, 0xA, 0x8000004b).number == 1);
  CHECK(r.more(7, 0).number == 1);
  CHECK(r.end(9, 0xB).number == 2);
  CHECK(r.submit(7, 0xB) == 3);  // the req is used again, the user_data shared
  CHECK(r.pollArm(7, 0xB, 0xc000004b).number == 3);
  CHECK(r.more(7, 0).number == 1);  // only one of them is a multishot
  CHECK(r.ambiguous() == 0);
  CHECK(r.join(7, 0xA).number == 1 && r.end(7, 0xB).number == 3);
  CHECK(r.submit(7, 0xC) == 4 && r.more(7, 0xC).number == 4);
  CHECK(r.more(7, 0).number == 4 && r.ambiguous() == 1);  // two multishots: the newest, and counted
  CHECK(r.end(7, 0xA).number == 1 && r.more(7, 0).number == 4 && r.ambiguous() == 1);
  // Older than the trace: F_MORE shows it first, a wake tells its req, the end has it.
  CHECK(r.more(50, 0).number == 5 && r.join(50, 0xD).number == 5 && r.more(50, 0).number == 5 &&
        r.end(50, 0xD).number == 5);
  // A request that ended without a CQE makes place when its req comes again.
  CHECK(r.submit(60, 0xE) == 6 && r.submit(61, 0xE) == 7 && r.join(61, 0xE).number == 7 &&
        r.end(61, 0xE).number == 7);

  RequestTracker own(41, false);  // numbers that must agree with the probe's
  CHECK(own.more(1, 0).number == 0 && own.submit(1, 0xA) == 42 && own.more(1, 0).number == 42 &&
        own.join(2, 0xF).number == 0);
}

/** What is known of a request, and what the kernel's flags tell where its SQE doesn't. */
inline void testFacts() {
  RequestTracker r(0, true);
  RequestFacts facts;
  facts.opcode = opcode::kRecv;
  r.submit(7, 0xA, facts);
  CHECK(r.join(7, 0xA).word() == 28u << 8 && r.join(7, 0xA).facts.fd == -1);
  CHECK(r.fileGet(7, 0xA, 5).facts.fd == 5 && r.pollArm(7, 0xA, 0x8000004b).word() == (28u << 8 | 2));
  CHECK(r.more(7, 0).word() == (28u << 8 | 2) && r.end(7, 0xA).facts.fd == 5);
  facts.opcode = opcode::kSendZc;
  r.submit(8, 0xB, facts);
  CHECK(r.more(8, 0xB).word() == 48u << 8);  // F_MORE of a zero-copy send: its notification follows
  CHECK(r.more(50, 0).adopted && r.more(50, 0).word() == 2 && !r.more(50, 0).adopted);
  CHECK(r.end(51, 0xC).adopted && r.end(51, 0xC).adopted);  // it was over at once

  Selection selection;
  selection.scope = Selection::Scope::kMachine;
  selection.multishotBit = 1u << 27;
  Attribution attribution(selection);
  EventRecord record[Attribution::kMostRecords];
  const auto submit = [&](uint8_t code, uint64_t flags) {
    KernelEvent event;
    event.type = EventType::kSubmit;
    event.ctx = 0xc0;
    event.a = code;
    event.flags = flags;
    CHECK(attribution.apply(event, record) == 1);
    return record[0].a;
  };
  CHECK(submit(opcode::kRecv, 1u << 27 | 0x20) == (opcode::kRecv | 0x20u << 8 | 2u << 16));
  CHECK(submit(opcode::kRecvmsg, 1u << 27) == (opcode::kRecvmsg | 2u << 16));
  CHECK(submit(opcode::kAccept, 1u << 27) == (opcode::kAccept | 1u << 16));
  CHECK(submit(opcode::kReadMultishot, 1u << 27) == opcode::kReadMultishot);
  CHECK(submit(opcode::kRecv, 1u << 26) == opcode::kRecv);
  CHECK(submit(opcode::kPollAdd, 1u << 27) == opcode::kPollAdd);

  // Older than the trace, on a ring that is known from its first event on.
  KernelEvent more;
  more.type = EventType::kComplete;
  more.ctx = 0xc1;
  more.userData = 9;
  more.flags = 3;
  CHECK(attribution.apply(more, record) == 2);
  CHECK(record[0].kind == static_cast<uint8_t>(Kind::kRequestFound) && record[0].a == 0xff &&
        record[0].b == kNoGroup && record[0].res == -1 && record[0].request == 1);
  CHECK(record[0].provenance == static_cast<uint8_t>(Provenance::kInferred));
  CHECK(record[1].kind == static_cast<uint8_t>(Kind::kComplete) && record[1].a == (2 | 4) &&
        record[1].b == UINT32_MAX && record[1].request == 1);
  CHECK(attribution.apply(more, record) == 1 && record[0].a == (2 | 4));
}

/** A noisy ring of others is left out in the kernel, until its memory becomes a ring of ours. */
inline void testExclusions() {
  Selection selection;
  selection.scope = Selection::Scope::kProcesses;
  selection.pids = {999999999};
  Attribution attribution(selection);
  attribution.listThreads();
  EventRecord record[Attribution::kMostRecords];
  KernelEvent event;
  event.type = EventType::kComplete;
  event.tid = 999999998;
  const auto noise = [&](uint64_t ctx) {
    event.ctx = ctx;
    for (int i = 0; i < 1000; i++) CHECK(attribution.apply(event, record) == 0);
  };
  std::vector<uint64_t> excluded;
  uint64_t gap = 0;
  RingBinding named;
  named.ctx = 0xb0;
  attribution.prepareBinding(named);
  noise(0xa0);
  noise(0xb0);  // the host's, though its binding is still in the queue
  CHECK(attribution.takeExclusions(&excluded, &gap) && excluded == std::vector<uint64_t>{0xa0} && gap == 0);
  CHECK(!attribution.takeExclusions(&excluded, &gap));
  // A child of ours makes a ring where the noisy one was.
  KernelEvent fork;
  fork.type = EventType::kFork;
  fork.res = 999999999;
  fork.a = 999999997;
  CHECK(attribution.apply(fork, record) == 0);
  KernelEvent create;
  create.type = EventType::kCreate;
  create.tid = 999999997;
  create.ctx = 0xa0;
  create.tNs = 77;
  CHECK(attribution.apply(create, record) == 1 && record[0].kind == static_cast<uint8_t>(Kind::kRingCreate));
  CHECK(attribution.takeExclusions(&excluded, &gap) && excluded.empty() && gap == 77);
  // And then someone else does: what follows is not ours.
  create.tid = 999999996;
  CHECK(attribution.apply(create, record) == 0);
  event.ctx = 0xa0;
  CHECK(attribution.apply(event, record) == 0);
}

}  // namespace ringlens
