/** A session that looks at another process, and pictures of its trace, for tests of what stands on them. */
import { type EventRecord, tableOf } from '../../shared/codec/event-table.ts';
import type { SessionInfo } from '../../shared/protocol/messages.ts';
import { GroupStateFlag, Kind, Provenance, REQUEST_OPCODE_SHIFT, RequestFlag } from '../../shared/schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio, SqeFlag } from '../../shared/schema/uapi.ts';
import { TraceStore } from '../../shared/timeline/trace-store.ts';
import type { Picture, ViewRequest } from '../src/feed/picture.ts';
import { PictureBuilder } from '../src/feed/picture-builder.ts';
import { liveSource } from '../src/feed/picture-source.ts';
import { requestAt } from '../src/feed/testing.ts';

export const foreignSession = (): SessionInfo => ({
  id: 'one',
  source: 'attach',
  kernel: 'Linux 6.18.0',
  pid: 1,
  target: { pid: 4711, name: 'recv_tcp', command: ['./recv_tcp', '--connections', '2'] },
  listen: '',
  startNs: '0',
  startWallMs: 0,
  capabilities: { probe: false, kernel: true, kernelBackend: 'tracefs', kernelScope: 'all', kernelMissing: '', kernelNotes: [] },
  features: null,
});

const recv = (flags = 0): number => ((Opcode.RECV + 1) << REQUEST_OPCODE_SHIFT) | RequestFlag.multishot | flags;

export interface ForeignTrace {
  /** The kernel has mapped the group: its buffer ring is sampled. */
  mapped?: boolean;
  /** Two live requests share the user_data. */
  ambiguous?: boolean;
  /** CQEs in a row on fd 5, from 500 µs on, one a microsecond; a wake after each 33. */
  burst?: number;
  /** fd 5 ends with ENOBUFS at 900 µs. */
  enobufs?: boolean;
  /** A second ring, where fd 7 receives. */
  secondRing?: boolean;
}

/**
 * Ring 1 (fd 3) with two lanes: fd 5 and fd 6 armed at 10 and 20 µs; CQEs of bid 0, 1 and 2 at 100, 110 and 120 µs; at 150 µs
 * the app waits for one, so it has reaped them.
 */
export function foreignStore({ mapped, ambiguous, burst = 0, enobufs, secondRing }: ForeignTrace = {}): TraceStore {
  const records: Partial<EventRecord>[] = [];
  const add = (us: number, kind: number, r: Partial<EventRecord>): void => {
    records.push({ t: us * 1e3, kind, provenance: Provenance.tracepoint, ring: 1, ...r });
  };
  const arm = (us: number, ring: number, fd: number, request: number): void => {
    const a = Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16);
    add(us, Kind.submit, { ring, userData: BigInt(0x1000 + fd), request, res: fd, a, b: 7 });
    add(us + 1, Kind.poll_arm, { ring, userData: BigInt(0x1000 + fd), request, res: fd, flags: recv() });
  };
  const flag = ambiguous ? RequestFlag.ambiguous : 0;
  const cqe = (us: number, ring: number, fd: number, request: number, bid: number): void => {
    const flags = CqeFlag.F_BUFFER | CqeFlag.F_MORE | (bid << 16);
    add(us, Kind.complete, { ring, userData: BigInt(0x1000 + fd), request, res: 64, flags, a: recv(flag), b: fd });
  };
  const wake = (us: number, fd: number, request: number, mask: number): void =>
    add(us, Kind.wake, { userData: BigInt(0x1000 + fd), request, res: fd, a: mask, b: recv(flag) });
  add(0, Kind.ring_create, { provenance: Provenance.fdinfo, userData: 4711n, res: 3, a: 8, b: 16 });
  if (secondRing) add(0, Kind.ring_create, { ring: 2, userData: 4711n, res: 4, a: 4, b: 8 });
  add(5, Kind.group_register, { provenance: Provenance.fdinfo, res: mapped ? 64 : 0, a: 7, b: mapped ? 4 : 0 });
  if (mapped) {
    for (let bid = 0; bid < 4; bid++) add(6, Kind.replenish, { provenance: Provenance.fdinfo, res: 64, a: bid, b: 7 });
    add(7, Kind.group_state, { provenance: Provenance.fdinfo, res: 4, flags: GroupStateFlag.tail, a: 7, b: 4 << 16 });
  }
  arm(10, 1, 5, 1);
  arm(20, 1, 6, 2);
  wake(90, 5, 1, 1);
  cqe(100, 1, 5, 1, 0);
  cqe(110, 1, 5, 1, 1);
  cqe(120, 1, 6, 2, 2);
  if (secondRing) {
    arm(125, 2, 7, 3);
    cqe(130, 2, 7, 3, 0);
  }
  add(150, Kind.cq_wait, { a: 1 });
  if (burst > 0) wake(499, 5, 1, 1);
  for (let i = 0; i < burst; i++) {
    if (i > 0 && i % 33 === 0) wake(500 + i, 5, 1, 0);
    cqe(500 + i, 1, 5, 1, i % 3);
  }
  if (enobufs) add(900, Kind.complete, { userData: 0x1005n, request: 1, res: -Errno.ENOBUFS, flags: 0, a: recv(), b: 5 });
  const store = new TraceStore(0n);
  store.add(tableOf(records, store.dictionary));
  return store;
}

export const foreignPicture = (trace: ForeignTrace = {}, request: Partial<ViewRequest> = {}): Picture => {
  const store = foreignStore(trace);
  return new PictureBuilder(liveSource(store)).build(requestAt(1000, request), 1e6);
};
