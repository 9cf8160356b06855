/** Rings of other processes: only the kernel tells of them. */
import { describe, expect, it } from 'vitest';
import { type EventRecord, tableOf } from '../codec/event-table.ts';
import {
  BidState,
  GroupStateFlag,
  Kind,
  NO_GROUP,
  Provenance,
  REQUEST_OPCODE_SHIFT,
  RequestFlag,
  SnapshotArmFlag,
} from '../schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import { groupKeyOf } from './group-key.ts';
import { MAX_LANES } from './lanes.ts';
import { RingModel } from './ring-model.ts';
import { RingSummary } from './summary.ts';

type Event = Partial<EventRecord>;
const NO_FD = 0xffffffff;
const UD = 0xabcdn;
const word = (flags = 0, opcode: number = Opcode.RECV): number => ((opcode + 1) << REQUEST_OPCODE_SHIFT) | flags;
const recvWord = (multishot: boolean): number => word(multishot ? RequestFlag.multishot : 0);

/** Events of one ring, a microsecond apart unless `at` says when. */
class Ring {
  constructor(
    readonly events: Event[],
    readonly ring = 1,
    readonly cqEntries = 16,
  ) {
    this.add({ kind: Kind.ring_create, provenance: Provenance.fdinfo, userData: 42n, res: 3, a: 8, b: cqEntries });
  }
  add(event: Event): this {
    this.events.push({ t: this.events.length * 1000, ring: this.ring, provenance: Provenance.tracepoint, ...event });
    return this;
  }
  submit(o: { fd?: number; request?: number; bgid?: number; single?: boolean; ud?: bigint; opcode?: number } = {}): this {
    const { fd = 7, request = 1, bgid = 5, single = false, ud = UD, opcode = Opcode.RECV } = o;
    const ioprio = single ? 0 : RecvIoprio.RECV_MULTISHOT;
    return this.add({
      kind: Kind.submit,
      userData: ud,
      res: fd,
      request,
      a: opcode | (SqeFlag.BUFFER_SELECT << 8) | (ioprio << 16),
      b: bgid,
    });
  }
  complete(res: number, flags: number, o: { fd?: number; request?: number; ud?: bigint; single?: boolean; kind?: number } = {}): this {
    const { fd = 7, request = 1, ud = UD, single = false, kind = Kind.complete } = o;
    return this.add({ kind, userData: ud, res, flags, request, a: recvWord(!single), b: fd });
  }
  /** Data in a bid. */
  data(bid: number, o: { more?: boolean; fd?: number; request?: number; ud?: bigint; kind?: number } = {}): this {
    const more = o.more ?? true;
    return this.complete(16, (CqeFlag.F_BUFFER | (more ? CqeFlag.F_MORE : 0) | (bid << 16)) >>> 0, o);
  }
  wake(mask: number, o: { fd?: number; request?: number; ud?: bigint } = {}): this {
    return this.add({ kind: Kind.wake, userData: o.ud ?? UD, res: o.fd ?? 7, request: o.request ?? 1, a: mask, b: recvWord(true) });
  }
}

function run(events: Event[]) {
  const table = tableOf(events);
  const summary = new RingSummary(table.dictionary);
  summary.add(table);
  return { table, summary, model: summary.model, json: summary.toJSON() };
}
const start = () => {
  const events: Event[] = [];
  return { events, ring: new Ring(events) };
};
const lanesOf = (model: RingModel) =>
  model.lanes.flatMap((l) => (l === undefined ? [] : [`r${l.ring} fd ${l.fd} ${l.armed ? 'armed' : '-'}`]));

describe('lanes of another process', () => {
  it('are what one fd of one ring receives', () => {
    const { events, ring } = start();
    ring.submit().data(0).data(1);
    new Ring(events, 2).submit({ ud: UD }).data(0);
    ring.submit({ fd: 8, ud: 9n, request: 2 });
    expect(lanesOf(run(events).model)).toEqual(['r1 fd 7 armed', 'r2 fd 7 armed', 'r1 fd 8 armed']);
  });

  it('wait for the event behind a submit that does not tell the fd', () => {
    const { events, ring } = start();
    ring.submit({ fd: -1 });
    expect(lanesOf(run(events).model)).toEqual([]);
    ring.add({ kind: Kind.file_get, userData: UD, res: 7, request: 1, b: recvWord(true) }).data(3);
    const { model, json } = run(events);
    expect(lanesOf(model)).toEqual(['r1 fd 7 armed']);
    expect(json.multishot).toMatchObject({ submits: 1, cqes: 1 });
  });

  it('are told apart by user_data where no fd is known, and get their fd from a later submit', () => {
    const { events, ring } = start();
    ring.data(0, { fd: NO_FD, request: 0 }).data(1, { fd: NO_FD, request: 0, ud: 77n });
    expect(lanesOf(run(events).model)).toEqual(['r1 fd -1 armed', 'r1 fd -1 armed']);
    ring.complete(-Errno.ENOBUFS, 0, { fd: NO_FD, request: 0 }).submit({ request: 1 });
    expect(lanesOf(run(events).model)).toEqual(['r1 fd 7 armed', 'r1 fd -1 armed']);
  });

  it('of user_data that is new with each request stay one lane of their fd', () => {
    const { events, ring } = start();
    for (let n = 1; n <= 50; n++)
      ring.submit({ ud: BigInt(n), request: n, single: true }).complete(16, CqeFlag.F_BUFFER, { ud: BigInt(n), request: n, single: true });
    const { model, json } = run(events);
    expect(lanesOf(model)).toEqual(['r1 fd 7 -']);
    expect(json.single).toMatchObject({ submits: 50, cqes: 50 });
  });

  it('keep what an older recv on the same fd ends with from ending the newer one', () => {
    const { events, ring } = start();
    ring.submit({ request: 1 }).submit({ request: 2, ud: 2n }).complete(-Errno.ECANCELED, 0, { request: 1 });
    expect(lanesOf(run(events).model)).toEqual(['r1 fd 7 armed']);
  });

  it('give their slot to others when there are too many, but not while a recv is in flight', () => {
    const { events, ring } = start();
    ring.submit({ fd: 1, ud: 1n });
    for (let n = 2; n <= MAX_LANES + 100; n++) {
      const of = { fd: n, ud: BigInt(n), request: n };
      ring.submit(of);
      if (n <= 200) ring.complete(0, 0, of);
    }
    const { model } = run(events);
    expect(model.lanes.length).toBe(MAX_LANES);
    expect(model.lanes[0]?.fd).toBe(1);
    expect(model.lanes.filter((l) => l?.armed === true).map((l) => l?.fd)).toContain(MAX_LANES + 100);
  });

  it('are restated by the tracer for those who begin later', () => {
    const { events, ring } = start();
    ring
      .data(0, { fd: 8, ud: 8n, request: 4 })
      .add({ kind: Kind.snapshot, a: 1 })
      .add({ kind: Kind.snapshot_arm, userData: 8n, res: 8, request: 4, flags: SnapshotArmFlag.armed, b: 5 << 16 })
      .add({ kind: Kind.snapshot_end })
      .add({ kind: Kind.snapshot, a: 1 })
      .add({
        kind: Kind.snapshot_arm,
        userData: UD,
        res: 7,
        request: 9,
        flags: SnapshotArmFlag.armed | SnapshotArmFlag.multishot,
        b: (0xffff << 16) >>> 0,
      })
      .add({ kind: Kind.snapshot_end });
    const { model } = run(events);
    expect(lanesOf(model)).toEqual(['r1 fd 8 armed', 'r1 fd 7 armed']);
    expect(model.lanes[0]).toMatchObject({ bgid: 5 });
    expect(model.lanes[1]).toMatchObject({ multishot: true, bgid: NO_GROUP, request: 9, since: -1 });
  });
});

describe('buffers of another process', () => {
  const key = groupKeyOf(1, 5);

  it('are filled by CQEs, and held once a sample of the CQ says that they were reaped', () => {
    const { events, ring } = start();
    ring.submit().data(0).data(1).data(2);
    expect(run(events).model.groups.get(key)).toMatchObject({ filled: 3, held: 0, seen: false, named: 3 });
    ring.add({ kind: Kind.ring_state, provenance: Provenance.fdinfo, userData: (3n << 32n) | 2n, res: 1, flags: 0 });
    const { model } = run(events);
    expect(model.groups.get(key)).toMatchObject({ filled: 1, held: 2 });
    expect(model.rings.get(1)).toMatchObject({ unreaped: 1, polls: 1, overflowList: 0 });
  });

  it('are held when the application goes to wait: then fewer CQEs are there than it waits for', () => {
    const { events, ring } = start();
    ring.submit().data(0).data(1).add({ kind: Kind.cq_wait, a: 1 });
    expect(run(events).model.groups.get(key)).toMatchObject({ filled: 0, held: 2 });
  });

  it('must have been reaped when there are more CQEs than the CQ has entries', () => {
    const events: Event[] = [];
    const ring = new Ring(events, 1, 4).submit();
    for (let bid = 0; bid < 6; bid++) ring.data(bid);
    expect(run(events).model.groups.get(key)).toMatchObject({ filled: 4, held: 2 });
  });

  it('that are used again must have been given back: counted, never shown as seen', () => {
    const { events, ring } = start();
    ring.submit().data(0).data(1).add({ kind: Kind.cq_wait, a: 1 }).data(0);
    const { model, json } = run(events);
    expect(model.groups.get(key)).toMatchObject({ impliedReplenish: 1, replenished: 0, filled: 1, held: 1, named: 2 });
    expect([json.replenished, json.freeBuffersMin]).toEqual([0, -1]);
  });

  it('of two rings with one bgid are two groups', () => {
    const { events, ring } = start();
    ring.submit().data(0);
    new Ring(events, 2).submit().data(0).data(1);
    const { model } = run(events);
    expect([...model.groups.values()].map((g) => [g.ring, g.bgid, g.filled])).toEqual([
      [1, 5, 1],
      [2, 5, 2],
    ]);
  });

  it('whose bgid is not told are those of the one group that the ring is known to have', () => {
    const { events, ring } = start();
    ring.submit().data(0).submit({ fd: 8, ud: 8n, request: 2, bgid: NO_GROUP }).data(1, { fd: 8, ud: 8n, request: 2 });
    expect([...run(events).model.groups.values()].map((g) => [g.bgid, g.filled])).toEqual([[5, 2]]);
    ring.submit({ fd: 9, ud: 9n, request: 3, bgid: 6 }).data(0, { fd: 9, ud: 9n, request: 3 });
    ring.data(2, { fd: 8, ud: 8n, request: 2 });
    expect([...run(events).model.groups.values()].map((g) => [g.bgid, g.filled])).toEqual([
      [5, 2],
      [6, 1],
      [NO_GROUP, 1],
    ]);
  });

  it('in memory that the kernel has mapped are seen to be given back', () => {
    const { events, ring } = start();
    ring.submit().add({ kind: Kind.group_register, provenance: Provenance.fdinfo, res: 64, a: 5, b: 4 });
    const back = (bid: number) => ring.add({ kind: Kind.replenish, provenance: Provenance.fdinfo, res: 64, a: bid, b: 5 });
    for (let bid = 0; bid < 4; bid++) back(bid);
    ring.add({ kind: Kind.group_state, provenance: Provenance.fdinfo, flags: GroupStateFlag.tail, a: 5, b: 4 << 16 });
    ring.data(0).data(1).add({ kind: Kind.cq_wait, a: 1 });
    back(1);
    const group = run(events).model.groups.get(key);
    expect(group).toMatchObject({ seen: true, free: 3, held: 1, buffers: 4, replenished: 1, outOfOrder: 0 });
    expect(group?.state[0]).toBe(BidState.held);
  });
});

describe('what another process did', () => {
  it('is counted by ring and opcode, with the cause of every end', () => {
    const { events, ring } = start();
    ring.submit().wake(0xc3).data(0).complete(-Errno.ENOBUFS, 0);
    ring.submit({ request: 2 }).wake(0, { request: 2 }).complete(0, 0, { request: 2 });
    ring.submit({ request: 3 }).data(1, { request: 3, more: false, kind: Kind.cqe_overflow });
    ring.add({ kind: Kind.submit, userData: 5n, request: 4, a: Opcode.ACCEPT | (1 << 16), b: NO_GROUP, res: 4 });
    ring.add({ kind: Kind.complete, userData: 5n, request: 4, res: 9, flags: CqeFlag.F_MORE, a: word(0, Opcode.ACCEPT), b: 4 });
    ring.add({ kind: Kind.complete, userData: 6n, res: -Errno.ETIME, flags: 0, a: word(0, Opcode.TIMEOUT), b: NO_FD });
    ring.add({ kind: Kind.req_failed, userData: 7n, res: -Errno.EINVAL, a: Opcode.RECV });
    const { json, model } = run(events);
    expect(json.rings.map(({ id, pid, fd, created }) => ({ id, pid, fd, created }))).toEqual([{ id: 1, pid: 42, fd: 3, created: false }]);
    expect(json.opcodes.RECV).toMatchObject({
      submits: 3,
      multishot: 3,
      single: 0,
      wakes: 2,
      completions: 4,
      fMore: 1,
      overflowed: 1,
      refused: 1,
      terminations: { ENOBUFS: 1, EOF: 1, overflow: 1 },
    });
    expect(json.opcodes.ACCEPT).toMatchObject({ submits: 1, multishot: 1, completions: 1, fMore: 1, terminations: {} });
    expect(json.opcodes.TIMEOUT).toMatchObject({ submits: 0, completions: 1, terminations: { ETIME: 1 } });
    expect(json.rings[0]?.total.completions).toBe(6);
    expect(json.multishot.terminations).toMatchObject({ enobufs: 1, eof: 1, overflow: 1, data: 0 });
    expect(model.lanes.filter((l) => l !== undefined)).toHaveLength(1);
  });

  it('measures from the wake and from the submit, and takes a fairness break for no wake', () => {
    const { events, ring } = start();
    ring.submit().wake(0xc3);
    for (let n = 0; n < 33; n++) ring.data(n);
    ring.wake(0).data(33);
    const { json } = run(events);
    expect([json.wakes, json.fairnessBreaks, json.opcodes.RECV?.wakes, json.opcodes.RECV?.fairnessBreaks]).toEqual([1, 1, 1, 1]);
    expect(json.latencies.wakeToComplete).toMatchObject({ count: 1, max: 1000 });
    expect(json.latencies.submitToComplete).toMatchObject({ count: 1, max: 2000 });
    expect(json.latencies.completeToReap.count).toBe(0);
  });

  it('measures nothing from a submit that nobody saw', () => {
    const { events, ring } = start();
    ring
      .add({ kind: Kind.request_found, userData: UD, res: 7, request: 1, a: Opcode.RECV | (RecvIoprio.RECV_MULTISHOT << 16), b: 5 })
      .data(0);
    const { json, model } = run(events);
    expect(json.latencies.submitToComplete.count).toBe(0);
    expect(model.lanes[0]).toMatchObject({ armed: true, since: -1 });
    expect(json.multishot).toMatchObject({ submits: 0, cqes: 1 });
  });

  it('takes a wake with mask 0 for one when less than 33 CQEs came before it', () => {
    const { events, ring } = start();
    ring.submit().wake(0xc3).data(0).wake(0);
    expect(run(events).json).toMatchObject({ wakes: 2, fairnessBreaks: 0 });
  });
});

describe('the own workload', () => {
  it('is known by its probe, also to one who begins to read in the middle', () => {
    const { events, ring } = start();
    events.length = 0;
    ring.data(0, { ud: 0x1000n }).add({ kind: Kind.cq_wait, a: 1 });
    events.push({ t: 5000, ring: 1, provenance: Provenance.probe, kind: Kind.ring_create, res: 5, a: 8, b: 64 });
    events.push({ t: 5000, ring: 1, provenance: Provenance.probe, kind: Kind.connect, userData: 0x1000n, res: 9, a: 0 });
    ring.data(1, { ud: 0x1000n });
    const { model } = run(events);
    expect([...model.rings.values()].map((r) => r.foreign)).toEqual([false]);
    expect([model.foreign, model.groups.size, model.lanes.map((l) => [l?.ring, l?.slot, l?.unreaped])]).toEqual([null, 0, [[0, 0, 1]]]);
  });
});

describe('a loss of kernel events', () => {
  it('makes each lane uncertain until an event of it is seen', () => {
    const { events, ring } = start();
    ring.submit().submit({ fd: 8, ud: 8n, request: 2 }).add({ kind: Kind.dropped, ring: 0, a: 5 });
    const lost = run(events);
    expect([lost.model.uncertain, lost.json.dropped]).toEqual([true, 5]);
    ring.data(0);
    expect(run(events).model.lanes.map((l) => l?.uncertain)).toEqual([false, true]);
    expect(run(events).model.uncertain).toBe(true);
    ring.complete(0, 0, { fd: 8, ud: 8n, request: 2 });
    expect(run(events).model.uncertain).toBe(false);
  });
});

describe('a keyframe', () => {
  it('holds everything of other processes too', () => {
    const { events, ring } = start();
    ring.submit().data(0).data(1).submit({ fd: -1, ud: 3n, request: 2 });
    const table = tableOf([...events]);
    const all = new RingModel(table.dictionary);
    for (let i = 0; i < table.length; i++) all.apply(table, i);
    ring.add({ kind: Kind.file_get, userData: 3n, res: 9, request: 2, b: recvWord(true) });
    ring.add({ kind: Kind.ring_state, provenance: Provenance.fdinfo, userData: (2n << 32n) | 1n, res: 1, flags: 0 });
    const rest = tableOf(events, table.dictionary);
    const restored = new RingModel(table.dictionary);
    restored.restore(all.keyframe());
    for (const model of [all, restored]) for (let i = table.length; i < rest.length; i++) model.apply(rest, i);
    expect(lanesOf(restored)).toEqual(['r1 fd 7 armed', 'r1 fd 9 armed']);
    expect(restored.groups.get(groupKeyOf(1, 5))).toMatchObject({ filled: 1, held: 1 });
    expect(restored.keyframe()).toEqual(all.keyframe());
  });
});
