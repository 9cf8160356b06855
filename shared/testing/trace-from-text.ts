/**
 * A trace drawn as text, for model, picture and codec tests. One event a line:
 *
 *     ring sq=8 cq=64                      ring_create
 *     group buffers=4 size=16 [legacy] [inc]   group_register of bgid 0, and the first fill of all its bids
 *     ungroup                              group_unregister of bgid 0
 *     connect c0 [udp|unix] [of=c1]        connect of slot 0 (user_data 0x1000); a second recv on the socket of c1
 *     arm c0 [single] [recvmsg] [bundle]   submit of a recv; its generation is the count of submits so far
 *     reap c0 16 bid=2 MORE NONEMPTY       reap; ENOBUFS, ECANCELED, ECONNRESET or a number as res
 *     complete c0 16 bid=2 MORE            the same, seen in the kernel
 *     overflowed c0 8 bid=4                the same, onto the kernel's overflow list
 *     poll c0 [mask=8000004b]              poll_arm, seen in the kernel; masks are hexadecimal
 *     wake c0 [mask=c3]                    wake, seen in the kernel
 *     refused c0 EINVAL                    req_failed of the recv that was armed last; its CQE is a line of its own
 *     work 1                               task_work
 *     back 2 c0 [again]                    replenish of bid 2 that a CQE of c0 had consumed
 *     remove 3 [by=5]                      buffer_remove of bid 3; bid 5 was written over it
 *     overflow                             the probe saw IORING_SQ_CQ_OVERFLOW
 *     close c0 · dropped 12 · snapshot bids=1,3 held=0:c0:16 armed=c0 idle=c1
 *
 * A line may begin with its time in microseconds (`250 reap …`); without one the time stays. `#` starts a comment.
 */
import { type EventRecord, type EventTable, tableOf, type UserDataDictionary } from '../codec/event-table.ts';
import {
  BidState,
  FIRST_SLOT_SHIFT,
  GroupFlag,
  Kind,
  OwnOp,
  Provenance,
  REQUEST_OPCODE_SHIFT,
  RemoveFlag,
  ReplenishFlag,
  RequestFlag,
  SnapshotArmFlag,
  Transport,
} from '../schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';

const userData = (conn: string): bigint => (BigInt(OwnOp.recv) << 12n) | BigInt(slot(conn));
const slot = (conn: string): number => {
  if (!/^c\d+$/.test(conn)) throw new Error(`trace text: "${conn}" is not a connection like c0`);
  return Number(conn.slice(1));
};

const ofKernel = { provenance: Provenance.tracepoint } as const;
const hex = (text: string): number => Number.parseInt(text, 16) >>> 0;

export function traceFromText(text: string, dictionary?: UserDataDictionary): EventTable {
  const records: Partial<EventRecord>[] = [];
  const requestOf = new Map<string, number>();
  /** Of second recvs, 1 + slot of the first. */
  const firstOf = new Map<string, number>();
  let t = 0;
  let generation = 0;
  let size = 64;
  for (const raw of text.split('\n')) {
    const words = raw.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    if (/^\d/.test(words[0] as string)) t = Math.round(Number(words.shift()) * 1000);
    const [verb, ...args] = words as [string, ...string[]];
    const value = (key: string): string | undefined => args.find((a) => a.startsWith(`${key}=`))?.slice(key.length + 1);
    const number = (key: string, fallback: number): number => Number(value(key) ?? fallback);
    const add = (r: Partial<EventRecord>): void => {
      records.push({ t, ring: 1, provenance: Provenance.probe, ...r });
    };
    const conn = args[0] ?? '';
    switch (verb) {
      case 'ring':
        add({ kind: Kind.ring_create, res: 5, a: number('sq', 8), b: number('cq', 64) });
        break;
      case 'group': {
        size = number('size', 64);
        const buffers = number('buffers', 4);
        const flags = (args.includes('legacy') ? GroupFlag.legacy : 0) | (args.includes('inc') ? GroupFlag.incremental : 0);
        add({ kind: Kind.group_register, res: size, flags, a: 0, b: buffers });
        for (let bid = 0; bid < buffers; bid++) add({ kind: Kind.replenish, res: size, a: bid, b: 0 });
        break;
      }
      case 'ungroup':
        add({ kind: Kind.group_unregister, a: 0 });
        break;
      case 'connect':
        if (value('of') === undefined) firstOf.delete(conn);
        else firstOf.set(conn, 1 + slot(value('of') as string));
        add({
          kind: Kind.connect,
          userData: userData(conn),
          res: 10 + slot(conn),
          flags: firstOf.get(conn) ?? 0,
          a: slot(conn),
          b: args.includes('udp') ? Transport.udp : args.includes('unix') ? Transport.unix : Transport.tcp,
        });
        break;
      case 'arm': {
        requestOf.set(conn, ++generation);
        const opcode = args.includes('recvmsg') ? Opcode.RECVMSG : Opcode.RECV;
        const ioprio =
          (args.includes('single') ? 0 : RecvIoprio.RECV_MULTISHOT) | (args.includes('bundle') ? RecvIoprio.RECVSEND_BUNDLE : 0);
        add({
          kind: Kind.submit,
          userData: userData(conn),
          request: generation,
          res: 10 + slot(conn),
          a: opcode | (SqeFlag.BUFFER_SELECT << 8) | (ioprio << 16),
          b: 0,
        });
        break;
      }
      case 'poll':
      case 'wake': {
        const word = RequestFlag.multishot | ((Opcode.RECV + 1) << REQUEST_OPCODE_SHIFT);
        const request = { userData: userData(conn), request: requestOf.get(conn) ?? 0, res: 10 + slot(conn) };
        if (verb === 'poll')
          add({ ...ofKernel, ...request, kind: Kind.poll_arm, flags: word, a: hex(value('mask') ?? '8000004b'), b: 0x8000207b });
        else add({ ...ofKernel, ...request, kind: Kind.wake, a: hex(value('mask') ?? 'c3'), b: word });
        break;
      }
      case 'work':
        add({ ...ofKernel, kind: Kind.task_work, a: Number(args[0] ?? 1) });
        break;
      case 'refused':
        add({
          ...ofKernel,
          kind: Kind.req_failed,
          userData: userData(conn),
          request: requestOf.get(conn) ?? 0,
          res: -(Errno[(args[1] ?? 'EINVAL') as keyof typeof Errno] ?? 22),
          flags: SqeFlag.BUFFER_SELECT,
          a: Opcode.RECV,
        });
        break;
      case 'reap':
      case 'overflowed':
      case 'complete': {
        const word = args[1] ?? '0';
        const errno = Errno[word as keyof typeof Errno];
        let flags = 0;
        if (value('bid') !== undefined) flags |= CqeFlag.F_BUFFER | (number('bid', 0) << 16);
        if (args.includes('MORE')) flags |= CqeFlag.F_MORE;
        if (args.includes('NONEMPTY')) flags |= CqeFlag.F_SOCK_NONEMPTY;
        if (args.includes('BUF_MORE')) flags |= CqeFlag.F_BUF_MORE;
        add({
          kind: verb === 'reap' ? Kind.reap : verb === 'complete' ? Kind.complete : Kind.cqe_overflow,
          provenance: verb === 'reap' ? Provenance.probe : Provenance.tracepoint,
          userData: userData(conn),
          request: requestOf.get(conn) ?? 0,
          res: errno === undefined ? Number(word) : -errno,
          flags: flags >>> 0,
        });
        break;
      }
      case 'back':
        add({
          kind: Kind.replenish,
          userData: userData(args[1] ?? 'c0'),
          res: size,
          flags: args.includes('again') ? ReplenishFlag.again : 0,
          a: Number(args[0]),
          b: 0,
        });
        break;
      case 'remove':
        add({
          kind: Kind.buffer_remove,
          userData: BigInt(value('by') ?? 0),
          flags: value('by') === undefined ? 0 : RemoveFlag.overwritten,
          a: Number(args[0]),
          b: 0,
        });
        break;
      case 'overflow':
        add({ kind: Kind.cqe_overflow, a: 2, b: 4 });
        break;
      case 'close':
        add({ kind: Kind.close, userData: userData(conn), a: slot(conn) });
        break;
      case 'dropped':
        add({ kind: Kind.dropped, userData: BigInt(t), a: Number(args[0]) });
        break;
      case 'snapshot': {
        const list = (key: string): string[] => value(key)?.split(',').filter(Boolean) ?? [];
        const body: Partial<EventRecord>[] = [
          ...records.filter((r) => r.kind === Kind.ring_create || r.kind === Kind.group_register).map((r) => ({ ...r, t })),
          ...list('bids').map((bid) => ({ kind: Kind.snapshot_bid, flags: BidState.available, a: Number(bid) })),
          ...list('held').map((h) => {
            const [bid, owner, bytes] = h.split(':') as [string, string, string];
            return { kind: Kind.snapshot_bid, userData: userData(owner), flags: BidState.held, a: Number(bid), res: Number(bytes) };
          }),
          ...list('armed').map((c) => ({
            kind: Kind.snapshot_arm,
            userData: userData(c),
            request: requestOf.get(c) ?? 0,
            res: 10 + slot(c),
            flags: SnapshotArmFlag.armed | SnapshotArmFlag.multishot | ((firstOf.get(c) ?? 0) << FIRST_SLOT_SHIFT),
            a: slot(c),
          })),
          ...list('idle').map((c) => ({
            kind: Kind.snapshot_arm,
            userData: userData(c),
            res: 10 + slot(c),
            flags: SnapshotArmFlag.multishot | ((firstOf.get(c) ?? 0) << FIRST_SLOT_SHIFT),
            a: slot(c),
          })),
        ];
        add({ kind: Kind.snapshot, a: body.length });
        for (const r of body) add(r);
        add({ kind: Kind.snapshot_end });
        break;
      }
      default:
        throw new Error(`trace text: there is no event "${verb}"`);
    }
  }
  return dictionary === undefined ? tableOf(records) : tableOf(records, dictionary);
}
