/** What always holds for the events of the probe, written down independently of the C++ and of shared/model. */
import { GroupFlag, kindName, OwnOp } from '../../shared/schema/events.ts';
import { bidOf, CqeFlag, Errno, Opcode, RecvIoprio } from '../../shared/schema/uapi.ts';
import { type Event, isKind, isRecvReap, opOf, type Run } from './harness.ts';

/** The buffer group as a queue: bids are picked in front and given back behind. */
class Group {
  readonly queue: number[] = [];
  readonly given = new Set<number>();
  /** Bytes used of the bid in front (incremental). */
  used = 0;

  constructor(
    readonly size: number,
    readonly legacy: boolean,
    readonly incremental: boolean,
  ) {}

  give(bid: number): void {
    if (this.given.has(bid)) throw new Error(`bid ${bid} was given back twice`);
    this.given.add(bid);
    this.queue.push(bid);
  }
  take(bid: number): void {
    if (!this.given.delete(bid)) throw new Error(`bid ${bid} was handed out though nobody gave it back`);
    if (this.legacy) this.queue.splice(this.queue.indexOf(bid), 1);
    else if (this.queue.shift() !== bid) throw new Error(`bid ${bid} was handed out of order`);
  }

  reap(e: Event, bundle: boolean): void {
    const bid = bidOf(e.flags);
    if (bid < 0) return;
    const more = (e.flags & CqeFlag.F_BUF_MORE) !== 0;
    if (more && !this.incremental) throw new Error('F_BUF_MORE in a group that is not incremental');
    if (this.incremental && e.b !== this.used) throw new Error(`offset ${e.b} where ${this.used} bytes were used`);
    let left = e.res;
    for (let at = bid; ; at = this.queue[0] as number) {
      const bytes = Math.min(left, this.size - this.used);
      left -= bytes;
      if (left === 0 && more) {
        this.used += bytes;
        return;
      }
      this.take(at);
      this.used = 0;
      if (left <= 0 || !bundle) return;
    }
  }
}

interface Arm {
  submit: Event;
  reaps: Event[];
}

const armKey = (e: Event): string => `${e.ring}/${e.userData}/${e.request}`;

/** Every submitted request with its CQEs. Throws where a CQE belongs to none, or follows the last one. */
export function armsOf(events: readonly Event[]): Arm[] {
  const arms = new Map<string, Arm>();
  for (const e of events) {
    if (isKind(e, 'submit')) {
      if (arms.has(armKey(e))) throw new Error(`request ${armKey(e)} was submitted twice`);
      arms.set(armKey(e), { submit: e, reaps: [] });
    } else if (isKind(e, 'reap')) {
      const arm = arms.get(armKey(e));
      if (arm === undefined) throw new Error(`a CQE of ${armKey(e)}, which was never submitted`);
      const last = arm.reaps.at(-1);
      if (last !== undefined && (last.flags & CqeFlag.F_MORE) === 0) throw new Error(`a CQE of ${armKey(e)} after its last one`);
      arm.reaps.push(e);
    }
  }
  return [...arms.values()];
}

/** Buffers: each is handed out once until given back, in the order of the ring; the headers know the smallest number. */
export function checkBuffers(run: Run): void {
  let group: Group | undefined;
  let bundle = false;
  let filling = true;
  const lows: number[] = [];
  let block = -1;
  let restated = 0; // events of a snapshot to come
  run.events.forEach((e, i) => {
    while (run.blocks[block + 1]?.from === i) {
      block++;
      lows[block] = group !== undefined && !filling ? group.given.size : Number.POSITIVE_INFINITY;
    }
    if (isKind(e, 'snapshot')) restated = e.a + 1;
    if (restated > 0) restated--;
    else if (isKind(e, 'group_register')) {
      group = new Group(e.res, (e.flags & GroupFlag.legacy) !== 0, (e.flags & GroupFlag.incremental) !== 0);
      filling = true;
    } else if (isKind(e, 'group_unregister')) {
      group = undefined;
    } else if (group !== undefined) {
      if (isKind(e, 'replenish')) group.give(e.a);
      else {
        filling = false;
        if (isKind(e, 'submit') && opOf(e.userData) === OwnOp.recv) bundle = ((e.a >>> 16) & RecvIoprio.RECVSEND_BUNDLE) !== 0;
        if (isRecvReap(e)) group.reap(e, bundle);
      }
      if (!filling) lows[block] = Math.min(lows[block] as number, group.given.size);
    }
  });
  run.blocks.forEach(({ header }, i) => {
    const low = lows[i] as number;
    const want = low === Number.POSITIVE_INFINITY ? 0xffffffff : low;
    if (header.minFree !== want) throw new Error(`block ${i} says ${header.minFree} free buffers at the least, its events say ${want}`);
  });
}

/** Requests: F_MORE on all CQEs but the last, which every one has in the end; at most one ENOBUFS, as the last. */
export function checkArms(run: Run): Arm[] {
  const arms = armsOf(run.events).filter((a) => opOf(a.submit.userData) === OwnOp.recv);
  for (const { submit, reaps } of arms) {
    const multishot = ((submit.a >>> 16) & RecvIoprio.RECV_MULTISHOT) !== 0;
    const last = reaps.at(-1);
    if (last === undefined || (last.flags & CqeFlag.F_MORE) !== 0) throw new Error(`request ${armKey(submit)} never ended`);
    if (!multishot && reaps.length !== 1) throw new Error(`single-shot ${armKey(submit)} has ${reaps.length} CQEs`);
    const empty = reaps.filter((r) => r.res === -Errno.ENOBUFS);
    if (empty.length > 1 || (empty[0] !== undefined && (empty[0] !== last || last.flags !== 0))) {
      throw new Error(`request ${armKey(submit)} ran dry in the middle`);
    }
  }
  return arms;
}

/** Events and exact totals tell the same; time never goes back. */
export function checkTotals(run: Run, stats: ReturnType<Run['workload']['stats']>, headerBytes = 0): void {
  const reaps = run.kind('reap');
  const payload = reaps.filter(isRecvReap).reduce((sum, e) => sum + Math.max(0, e.res - headerBytes), 0);
  const told = { cqes: reaps.length, submits: run.kind('submit').length, bytesReceived: payload, events: run.events.length, dropped: 0 };
  for (const [name, value] of Object.entries(told)) {
    const total = stats[name as keyof typeof told];
    if (total !== value) throw new Error(`${name}: the events say ${value}, the total is ${total}`);
  }
  for (let i = 1; i < run.events.length; i++) {
    if ((run.events[i] as Event).t < (run.events[i - 1] as Event).t) throw new Error(`event ${i} is earlier than the one before`);
  }
  const closes = run.kind('close').length;
  if (closes !== run.kind('connect').length) throw new Error('a connection was never closed');
}

/** Snapshots have as many events as they say, and say what the events before say. */
export function checkSnapshots(run: Run): number {
  let snapshots = 0;
  for (let i = 0; i < run.events.length; i++) {
    const e = run.events[i] as Event;
    if (!isKind(e, 'snapshot')) continue;
    snapshots++;
    const inside = run.events.slice(i + 1, i + 1 + e.a);
    const names = inside.map((x) => kindName(x.kind));
    const bidsAt = names.indexOf('snapshot_bid');
    const order = [...names.slice(0, bidsAt), ...new Set(names.slice(bidsAt))];
    if (!['ring_create', 'group_register', 'snapshot_bid', 'snapshot_arm'].join().startsWith(order.join())) {
      throw new Error(`snapshot ${i} holds ${order.join()}`);
    }
    if (!isKind(run.events[i + 1 + e.a] as Event, 'snapshot_end')) throw new Error(`snapshot ${i} does not end where it says`);
    const bids = inside.filter((x) => isKind(x, 'snapshot_bid')).map((x) => x.a);
    if (new Set(bids).size !== bids.length) throw new Error(`snapshot ${i} names a bid twice`);
    const group = run.events.slice(0, i).findLast((x) => isKind(x, 'group_register'));
    if (group !== undefined && bids.length !== group.b) throw new Error(`snapshot ${i} names ${bids.length} of ${group.b} bids`);
  }
  return snapshots;
}

/** All of the above. `headerBytes`: what recvmsg puts before the payload. */
export function checkLaws(run: Run, stats: ReturnType<Run['workload']['stats']>, headerBytes = 0): Arm[] {
  if (run.stopped === undefined || run.stopped.error !== undefined) throw run.stopped?.error ?? new Error('onStopped was not called');
  checkBuffers(run);
  checkTotals(run, stats, headerBytes);
  if (checkSnapshots(run) < 1) throw new Error('no snapshot');
  return checkArms(run);
}

export const recvOpcodes: readonly number[] = [Opcode.RECV, Opcode.RECVMSG];

/** Bursts of many CQEs into a CQ of four: it overflows (case f of the measured cases). */
export const overflowing = {
  connections: 2,
  buffers: 256,
  bufferSize: 16,
  messageMin: 4000,
  messageMax: 4000,
  rate: 400,
  burst: 4,
  hold: 0,
  sqEntries: 2,
  cqEntries: 4,
} as const;
